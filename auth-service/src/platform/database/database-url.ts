import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { readPostgresUrl } from './postgres-url.ts'
import { readSqliteUrl } from './sqlite-url.ts'

const EXAMPLE = 'Set it to file:latchkey.sqlite or postgres://user:password@host/name'

export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Reads DATABASE_URL. Problems do not quote it, since it may contain the database's password. */
export function readDatabaseUrl(value: string | undefined): Result<string, string> {
  if (!value) return success('file:latchkey.sqlite')
  if (value === ':memory:') return success(value)
  const read = isPostgresUrl(value)
    ? readPostgresUrl(value)
    : value.startsWith('file:')
      ? readSqliteUrl(value)
      : failure(`is not the address of a supported database. ${hint(value)}`)
  return read.ok ? success(value) : failure(`DATABASE_URL ${read.reason}`)
}

/** Reads DATABASE_URL_DIRECT. */
export function readDirectUrl(
  value: string | undefined,
  databaseUrl: string | undefined,
): Result<string | undefined, string> {
  if (!value) return success(undefined)
  if (databaseUrl === undefined || !isPostgresUrl(databaseUrl)) {
    return failure(
      'DATABASE_URL_DIRECT is set, but DATABASE_URL is not Postgres. Leave it out: it is only for use with a pooler',
    )
  }
  const read = isPostgresUrl(value)
    ? readPostgresUrl(value)
    : failure(`is not the address of a Postgres database. ${hint(value)}`)
  return read.ok ? success(value) : failure(`DATABASE_URL_DIRECT ${read.reason}`)
}

/** The format to use instead of other programs' formats. */
function hint(value: string): string {
  if (/^["'\s]/.test(value)) return `Remove the quotes and white space around it. ${EXAMPLE}`
  if (/^sqlite3?:/i.test(value)) return `Write SQLite as file:…. ${EXAMPLE}`
  if (/^(jdbc:)?(postgres|pgsql|postgis|psql|cockroach)/i.test(value)) {
    return `Write Postgres as postgres://… or postgresql://…, in lower case. ${EXAMPLE}`
  }
  if (/^(\w+=\S+\s*)+$/.test(value)) return `Keyword/value strings are not supported. ${EXAMPLE}`
  if (/^(socket:|\/\S* \S+$)/.test(value)) {
    return 'Write a socket as postgres://user@/name?host=/folder/of/the/socket'
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return `Latchkey supports SQLite and Postgres. ${EXAMPLE}`
  return `Start the address of a file with file:. ${EXAMPLE}`
}
