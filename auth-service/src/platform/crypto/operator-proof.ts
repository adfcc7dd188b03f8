import { unixTime } from '../clock.ts'
import type { KeyPurpose, Secrets } from './derive-key.ts'
import { createSignatures } from './keyed-hash.ts'

/** Seconds for which a proof is valid: enough for a slow request and small clock differences. */
const LIFETIME = 60

/** The header with the proof. */
export const PROOF_HEADER = 'x-latchkey-proof'
/** The parameter with the proof in the query of a URL behind a proxy, which may also reach the site there. */
export const SITE_PROOF = 'latchkey-doctor'

const PROOF = /^(\d{1,11})\.([A-Za-z0-9_-]{43})$/

type ProofPurpose = Extract<KeyPurpose, 'operatorProof' | 'siteProof'>

/** Proves to a running service that the sender knows its SECRET_KEY, without sending it. `now` is a clock in ms. */
export function createOperatorProof(
  { secretKey }: Pick<Secrets, 'secretKey'>,
  now: () => number,
  purpose: ProofPurpose = 'operatorProof',
): string {
  const time = String(unixTime(now))
  const signatures = createSignatures({ secretKey, secretKeyFallbacks: [] }, purpose)
  return `${time}.${signatures.sign(time).toString('base64url')}`
}

/** Whether a proof was recently made with SECRET_KEY or a former one. `now` is a clock in ms. */
export function isOperatorProof(
  text: string,
  secrets: Secrets,
  now: () => number,
  purpose: ProofPurpose = 'operatorProof',
): boolean {
  const [, time = '', mac = ''] = PROOF.exec(text) ?? []
  if (mac === '' || Math.abs(unixTime(now) - Number(time)) > LIFETIME) return false
  return createSignatures(secrets, purpose).isValid(time, Buffer.from(mac, 'base64url'))
}
