import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** The count of Postgres by default. */
const ITERATIONS = 4096

/**
 * What Postgres stores of a password (SCRAM-SHA-256, RFC 5803). Sent in its place, so that the password is in no log of
 * the server. The password must be ASCII.
 */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  const keyFor = (purpose: string) => createHmac('sha256', salted).update(purpose).digest()
  const stored = createHash('sha256').update(keyFor('Client Key')).digest('base64')
  const server = keyFor('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`
}
