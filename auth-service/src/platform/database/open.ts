import type { Log } from '../logging/logger.ts'
import type { Database, DatabaseSettings } from './database.ts'
import { isPostgresUrl } from './database-url.ts'

export type { Database, Queries } from './database.ts'
export { isPostgresUrl } from './database-url.ts'

/** Opens the database that DATABASE_URL names and brings its tables up to date. */
export async function openDatabase(settings: DatabaseSettings, log: Log): Promise<Database> {
  // Loaded on demand: nobody waits for the driver of the other dialect.
  if (isPostgresUrl(settings.databaseUrl)) {
    return (await import('./open-postgres.ts')).openPostgres(settings, log)
  }
  return (await import('./open-sqlite.ts')).openSqlite(settings.databaseUrl)
}
