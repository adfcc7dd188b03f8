import type { Log } from '../logging/logger.ts'
import type { Database, DatabaseSettings } from './database.ts'
import { isPostgresUrl } from './database-url.ts'

export type { Database, Queries } from './database.ts'
export { isPostgresUrl } from './database-url.ts'

/** Opens the database in DATABASE_URL and migrates it. */
export async function openDatabase(settings: DatabaseSettings, log: Log): Promise<Database> {
  // Loaded on demand, since the other dialect's driver is not needed.
  if (isPostgresUrl(settings.databaseUrl)) {
    return (await import('./open-postgres.ts')).openPostgres(settings, log)
  }
  return (await import('./open-sqlite.ts')).openSqlite(settings.databaseUrl)
}
