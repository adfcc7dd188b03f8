import { isUuid } from './claims.ts'
import { isKeyId } from './format.ts'
import { type PublicJwk, readPublicJwk } from './jwk.ts'

/** Every entry of the feed: `id` grows in the order of commits, and from `exp` (in seconds) on it says nothing more. */
interface Entry {
  readonly id: number
  readonly exp: number
}

/** A session is over; with `before`, only its tokens issued before that second are stale. */
export interface SessionRevocation extends Entry {
  readonly sid: string
  readonly before?: number
}

/** A person was deleted at the auth service. */
export interface PersonDeletion extends Entry {
  readonly sub: string
  readonly deleted: true
}

/** A signing key was withdrawn at once. */
export interface KeyRemoval extends Entry {
  readonly kid: string
  readonly removed: true
}

/** A signing key was published; it signs from later on, so that whoever listens knows it by then. */
export interface KeyPublication extends Entry {
  readonly jwk: PublicJwk
}

/** One entry of the revocation feed, as it is sent. */
export type Revocation = SessionRevocation | PersonDeletion | KeyRemoval | KeyPublication

/** Where an app in the auth service's own process learns what was revoked, without a connection. */
export interface RevocationSource {
  /** Everything live with a higher id, in ascending order, and the highest id there is (0 where there is none). */
  since(id: number): Promise<{ readonly last: number; readonly entries: readonly Revocation[] }>
  /** Tells of what is revoked from now on, until the function it returns is called. */
  subscribe(listener: (entries: readonly Revocation[]) => void): () => void
}

const MAX_SESSION_ID_LENGTH = 128

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isSessionId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_SESSION_ID_LENGTH

/** The entry, or `null` for what is none. Fields nobody knows yet are left out. */
export function readRevocation(value: unknown): Revocation | null {
  if (typeof value !== 'object' || value === null) return null
  const { id, exp, sid, before, sub, deleted, kid, removed, jwk } = value as Record<string, unknown>
  if (!isCount(id) || !isCount(exp)) return null
  if (isSessionId(sid)) {
    if (before === undefined) return { id, sid, exp }
    return isCount(before) ? { id, sid, before, exp } : null
  }
  if (deleted === true && isUuid(sub)) return { id, sub, deleted, exp }
  if (removed === true && isKeyId(kid)) return { id, kid, removed, exp }
  const key = readPublicJwk(jwk)
  return key && { id, jwk: key, exp }
}
