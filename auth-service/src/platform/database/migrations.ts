/** Where the applied migrations are noted; the middleware's local users may live in the same database. */
export const MIGRATIONS_TABLE = 'latchkey_auth_migrations'

/** The package's copy of the folder that drizzle-kit wrote; the same place seen from src and from dist. */
export const migrationsFolder = (dialect: 'sqlite' | 'postgres'): URL =>
  new URL(`../../../drizzle/${dialect}/`, import.meta.url)
