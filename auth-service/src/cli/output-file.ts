import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { failure, type Result, success } from '@latchkey/jwt-middleware'

/** What SQLite may leave beside a file while it writes it, too. */
const SIDES = ['', '-wal', '-shm', '-journal']

/**
 * Has a file written that is ours alone from its first moment, and whole once it has its name: as `target` with `.part`
 * until then. Why that can't be is a failure; what the writing throws is thrown on, and leaves nothing behind.
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
    // Somebody else may have made it meanwhile, which takes minutes.
    if (existsSync(target)) return failure(taken(target))
    await rename(part, target)
    return success(value)
  } finally {
    await Promise.all(SIDES.map((suffix) => rm(part + suffix, { force: true })))
  }
}

const taken = (target: string): string => `${target} is there already. Name a new file, or remove it first.`

const unwritable = (target: string, part: string, { code, message }: NodeJS.ErrnoException): string =>
  code === 'EEXIST'
    ? `${part} is there: it is being written just now, or was cut off. Remove that file if nobody is writing it.`
    : `${target} can't be written: ${message}. Name a file in a folder that is there and that we may write to.`
