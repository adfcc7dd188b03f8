import { parentPort } from 'node:worker_threads'
import { isCurrent, preferredHasher, readHash } from './hashers/hashers.ts'
import type { Comparison, PasswordAnswer, PasswordTask } from './passwords.ts'

// Runs in a thread of its own, so its synchronous calls block nothing else.

function perform({ password, hasher, cost, encoded }: PasswordTask): string | Comparison {
  // One password for any keyboard's composition (NIST SP 800-63B-4, section 3.1.1.2).
  const normalised = password.normalize('NFKC')
  const preferred = preferredHasher(hasher, cost)
  if (encoded === undefined) return preferred.hash(normalised)
  const stored = encoded === null ? null : readHash(encoded)
  // Without a hash of a known kind, the dummy costs the same time.
  const compared = stored ?? readHash(preferred.dummy)
  // Django hashes the input as typed.
  const fits =
    compared?.matches(normalised) || (normalised !== password && compared?.matches(password)) || false
  return { matches: stored !== null && fits, isOutdated: !isCurrent(encoded ?? '', preferred) }
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
