import type { Log } from '../log.ts'
import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import type { Database } from './types.ts'

export type { Database } from './types.ts'

export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Opens the database that DATABASE_URL names and brings its tables up to date. */
export const openDatabase = (url: string, log: Log): Promise<Database> =>
  isPostgresUrl(url) ? openPostgres(url, log) : openSqlite(url)
