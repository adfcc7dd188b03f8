import { existsSync } from 'node:fs'
import { failure, success } from '@latchkey/jwt-middleware/contract'
import SQLite from 'better-sqlite3'
import { readConfig } from '../../platform/config/config.ts'
import { isPostgresUrl } from '../../platform/database/open.ts'
import { sqlitePath } from '../../platform/database/sqlite-url.ts'
import type { BareCommand } from '../command.ts'
import { writeNewFile } from '../output-file.ts'
import type { Terminal } from '../terminal.ts'

/** Pages of 4 KiB copied at a time; between two batches, Ctrl-C and other events are handled. */
const PAGES = 1000

export const backup: BareCommand = {
  usage: 'FILE',
  summary: 'copies the SQLite database into a new file, while services run',
  operands: 1,
  async runBare(env, { operands: [target = ''] }, terminal) {
    const { databaseUrl, databaseUrlDirect } = readConfig(env)
    if (isPostgresUrl(databaseUrl)) {
      return failure(
        'This command copies SQLite only. For Postgres, use pg_dump --format=custom --file=FILE ' +
          `"$${databaseUrlDirect ? 'DATABASE_URL_DIRECT' : 'DATABASE_URL'}". ` +
          'Keep SECRET_KEY too: it decrypts the signing keys in the file.',
      )
    }
    const source = sqlitePath(databaseUrl)
    if (databaseUrl === ':memory:' || !existsSync(source)) {
      return failure(
        `There is no database at ${databaseUrl} (relative to this folder). Set DATABASE_URL to the same value as for the auth service.`,
      )
    }
    const written = await writeNewFile(target, (part) =>
      terminal.interruptible('Stopped. No copy was written.', (signal) =>
        copy(source, part, terminal, signal),
      ),
    )
    if (!written.ok) return written
    return success(
      `Copied ${databaseUrl} to ${target} and checked the copy. Keep SECRET_KEY too, in another place: ` +
        'it decrypts the signing keys in the copy. To restore, stop the services and replace the database with the copy, ' +
        'without any -wal or -shm files beside it.',
    )
  },
}

async function copy(source: string, part: string, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const client = new SQLite(source, { fileMustExist: true, timeout: 10_000 })
  try {
    // The read transaction fixes one moment: otherwise each write of a service would restart the copy.
    client.exec('BEGIN')
    client.prepare('SELECT count(*) FROM sqlite_master').get()
    await client.backup(part, {
      progress({ totalPages, remainingPages }) {
        signal.throwIfAborted()
        const done = totalPages === 0 ? 0 : Math.floor((100 * (totalPages - remainingPages)) / totalPages)
        terminal.progress(`Copying: ${done} %`)
        return PAGES
      },
    })
    client.exec('COMMIT')
  } finally {
    client.close()
  }
  terminal.progress('Checking the copy')
  const written = new SQLite(part)
  try {
    const found = written.pragma('quick_check(1)', { simple: true })
    if (found !== 'ok') throw new Error(`The copy is damaged: ${found}`)
    // One file that can be moved elsewhere, without a write-ahead log.
    written.pragma('journal_mode = DELETE')
  } finally {
    written.close()
  }
  terminal.endProgress()
}
