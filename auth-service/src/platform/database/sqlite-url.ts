import { fileURLToPath } from 'node:url'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

/** Reads the URL of a SQLite file, `file:…`. Problems begin with the setting's name. */
export function readSqliteUrl(url: string): Result<string, string> {
  if (url === 'file:') return failure('names no file. Set it to file:latchkey.sqlite, for example')
  if (url.includes(':memory:')) return failure('asks for a database in memory. Write that as :memory:')
  if (/^file:\/\/[^/]/.test(url)) {
    const [relative, absolute] = [url.slice('file://'.length), url.replace('file://', 'file:///')]
    return failure(
      `has two slashes after file:, which a host would follow. Write file:${relative} for a file in this folder, or ` +
        `${absolute} for a whole path`,
    )
  }
  if (url.includes('?') || (url.startsWith('file:///') && url.includes('#'))) {
    return failure(
      'has parameters, and SQLite gets none from us. Leave out what follows the ?; a ? or # that belongs to the name is ' +
        'written %3F or %23, in an address that begins with file:///',
    )
  }
  try {
    return success(sqlitePath(url))
  } catch {
    return failure('has a % that encodes nothing. Write % itself as %25')
  }
}

/** The path in `file:name`, `file:./name`, `file:/path`, `file:///path`, and `:memory:`. */
export function sqlitePath(url: string): string {
  if (url.startsWith('file:///')) return fileURLToPath(url)
  return url.startsWith('file:') ? url.slice('file:'.length) : url
}
