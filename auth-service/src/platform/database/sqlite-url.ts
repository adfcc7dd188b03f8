import { fileURLToPath } from 'node:url'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

/** Reads the URL of a SQLite file, `file:…`. Problems begin with the setting's name. */
export function readSqliteUrl(url: string): Result<string, string> {
  if (url === 'file:') return failure('does not name a file. Set it to one, for example file:latchkey.sqlite')
  if (url.includes(':memory:')) return failure('is a database in memory. Write that as :memory:')
  if (/^file:\/\/[^/]/.test(url)) {
    const [relative, absolute] = [url.slice('file://'.length), url.replace('file://', 'file:///')]
    return failure(
      `has two slashes after file:, so what follows would be a host. Write file:${relative} for a file in this folder, or ` +
        `${absolute} for a full path`,
    )
  }
  if (url.includes('?') || (url.startsWith('file:///') && url.includes('#'))) {
    return failure(
      'has parameters, which are not supported for SQLite. Remove everything after the ?; a ? or # that belongs to the name is ' +
        'written %3F or %23, in an address that begins with file:///',
    )
  }
  try {
    return success(sqlitePath(url))
  } catch {
    return failure('has a % that is not part of an encoded character. Write a plain % as %25')
  }
}

/** The path in `file:name`, `file:./name`, `file:/path`, `file:///path`, and `:memory:`. */
export function sqlitePath(url: string): string {
  if (url.startsWith('file:///')) return fileURLToPath(url)
  return url.startsWith('file:') ? url.slice('file:'.length) : url
}
