/** The table of applied migrations; the middleware's local users may be in the same database. */
export const MIGRATIONS_TABLE = 'latchkey_auth_migrations'

/** The package's copy of drizzle-kit's folder; the same location seen from src and from dist. */
export const migrationsFolder = (dialect: 'sqlite' | 'postgres'): URL =>
  new URL(`../../../drizzle/${dialect}/`, import.meta.url)
