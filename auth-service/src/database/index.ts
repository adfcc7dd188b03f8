import type { Log } from '../log.ts'
import type { Database } from './types.ts'

export type { Database } from './types.ts'

export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Opens the database that DATABASE_URL names and brings its tables up to date. */
export async function openDatabase(url: string, log: Log): Promise<Database> {
  // Loaded on demand: nobody waits for the driver of the other dialect.
  if (isPostgresUrl(url)) return (await import('./open-postgres.ts')).openPostgres(url, log)
  return (await import('./open-sqlite.ts')).openSqlite(url)
}
