import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

/** Files that SQLite may leave beside the one it writes. */
const SIDES = ['', '-wal', '-shm', '-journal']

/**
 * Writes a file that only its owner can read, and that is complete when it gets its name: before, it is `target` with
 * `.part`. Returns a failure if it cannot be created. Errors of the writing are thrown on, and leave nothing behind.
 */
export async function writeNewFile<Value>(
  target: string,
  write: (part: string) => Promise<Value>,
): Promise<Result<Value, string>> {
  const part = `${target}.part`
  try {
    if (existsSync(target)) return failure(taken(target))
    await (await open(part, 'wx', 0o600)).close()
  } catch (error) {
    return failure(unwritable(target, part, error as NodeJS.ErrnoException))
  }
  try {
    const value = await write(part)
    // Writing takes minutes, and another process may have created the file meanwhile.
    if (existsSync(target)) return failure(taken(target))
    await rename(part, target)
    return success(value)
  } finally {
    await Promise.all(SIDES.map((suffix) => rm(part + suffix, { force: true })))
  }
}

const taken = (target: string): string => `${target} already exists. Choose another name, or remove it first.`

const unwritable = (target: string, part: string, { code, message }: NodeJS.ErrnoException): string =>
  code === 'EEXIST'
    ? `${part} exists: another command is writing it, or it was interrupted. Remove the file if no command is writing it.`
    : `${target} can't be written: ${message}. Choose a file in an existing folder with write permission.`
