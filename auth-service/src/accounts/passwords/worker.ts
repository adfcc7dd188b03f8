import { parentPort } from 'node:worker_threads'
import { preferredHasher, readHash } from './hashers/hashers.ts'
import type { PasswordAnswer, PasswordTask } from './passwords.ts'

// Runs in a thread of its own, so its synchronous calls block nothing else.

function perform(task: PasswordTask): string | boolean {
  // One password for any keyboard's composition (NIST SP 800-63B-4, section 3.1.1.2).
  const normalised = task.password.normalize('NFKC')
  if (task.task === 'hash') return preferredHasher(task.hasher, task.cost).hash(normalised)
  const stored = readHash(task.hash)
  if (!stored) return false
  // Django hashes the input as typed.
  return stored.matches(normalised) || (normalised !== task.password && stored.matches(task.password))
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
