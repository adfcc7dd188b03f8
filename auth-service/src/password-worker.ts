import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import bcrypt from 'bcryptjs'
import type { PasswordAnswer, PasswordTask } from './passwords.ts'

// Runs in a thread of its own: the synchronous calls block nobody.

// bcrypt reads 72 bytes at most and stops at NUL. In hexadecimal a digest has neither problem, and it is how
// Django writes it. NFKC: one password, however the keyboard composes it (NIST SP 800-63B, section 3.1.1.2).
const digest = (password: string): string =>
  createHash('sha256').update(password.normalize('NFKC'), 'utf8').digest('hex')

function perform(task: PasswordTask): string | boolean {
  const secret = digest(task.password)
  return task.task === 'hash'
    ? bcrypt.hashSync(secret, bcrypt.genSaltSync(task.cost))
    : bcrypt.compareSync(secret, task.hash)
}

parentPort?.on('message', (task: PasswordTask) => {
  let answer: PasswordAnswer
  try {
    answer = { result: perform(task) }
  } catch (error) {
    answer = { error: (error as Error).message }
  }
  parentPort?.postMessage(answer)
})
