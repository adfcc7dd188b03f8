/** Where the applied migrations are noted; the middleware's local users may live in the same database. */
export const MIGRATIONS_TABLE = 'latchkey_auth_migrations'

/** The folder drizzle-kit wrote: the repository's when running from sources, the package's copy in a build. */
export function migrationsFolder(dialect: 'sqlite' | 'postgres'): URL {
  const root = import.meta.url.endsWith('.ts') ? '../../../drizzle' : '../../drizzle'
  return new URL(`${root}/auth/${dialect}/`, import.meta.url)
}
