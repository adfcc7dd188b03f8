import { clientOf, type SqliteHandle } from './sqlite-client.ts'
import { sqliteCode } from './sqlite-code.ts'

/** How long to try, and the pause in between, in ms. */
const PATIENCE = 10_000
const PAUSE = 5

/**
 * Switches the file to a write-ahead log, so that readers and the writer do not block each other. Throws what SQLite
 * throws once other processes have held the file for ten seconds.
 */
export function useWriteAheadLog(db: SqliteHandle): void {
  const client = clientOf(db)
  const deadline = performance.now() + PATIENCE
  while (!tryTo(() => client.prepare('PRAGMA journal_mode = WAL').get(), performance.now() < deadline)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
  }
}

/** Switching needs exclusive access, and SQLite does not wait for that despite `busy_timeout`. */
function tryTo(action: () => void, patient: boolean): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (patient && sqliteCode(error) === 'SQLITE_BUSY') return false
    throw error
  }
}
