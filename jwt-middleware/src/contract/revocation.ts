import { isCount, isName, isUuid } from './claims.ts'
import { type PublicJwk, readPublicJwk } from './jwk.ts'
import { isKeyId } from './jws-format.ts'

/** Fields of every feed entry: `id` grows in the order of commits, and at `exp` (in seconds) the entry expires. */
interface Entry {
  readonly id: number
  readonly exp: number
}

/**
 * A session has ended; with `before`, it continues, and only its older tokens are stale: those with a lower
 * `user_version` than `version`. If the token or the entry has no version, those issued before that second.
 */
export interface SessionRevocation extends Entry {
  readonly sid: string
  readonly before?: number
  readonly version?: number
}

/**
 * All sessions of a user that began before have ended, except `kept`. Their tokens have a lower `user_version` than
 * `version`, or none and were issued before that second.
 */
export interface PersonRevocation extends Entry {
  readonly sub: string
  readonly before: number
  readonly version: number
  readonly kept?: string
}

/** A user was deleted at the auth service. */
export interface PersonDeletion extends Entry {
  readonly sub: string
  readonly deleted: true
}

/** A signing key was removed at once. */
export interface KeyRemoval extends Entry {
  readonly kid: string
  readonly removed: true
}

/** A signing key was published; it signs later, so that all subscribers know it by then. */
export interface KeyPublication extends Entry {
  readonly jwk: PublicJwk
}

/** An API token was revoked. Apps from before this kind of entry ignore it, and know no API tokens. */
export interface ApiTokenRevocation extends Entry {
  /** The token's id. */
  readonly token: string
}

/** A user with API tokens has changed, or all of their tokens were revoked: ask about each of them again. */
export interface ApiTokensChange extends Entry {
  readonly sub: string
  readonly tokens: 'changed'
}

/** One entry of the revocation feed, as sent. */
export type Revocation =
  | SessionRevocation
  | PersonRevocation
  | PersonDeletion
  | KeyRemoval
  | KeyPublication
  | ApiTokenRevocation
  | ApiTokensChange

/** A source of entries for an app in the auth service's own process, without a connection. */
export interface RevocationSource {
  /** All live entries with a higher id, in ascending order, and the highest id (0 if there is none). */
  since(id: number): Promise<{ readonly last: number; readonly entries: readonly Revocation[] }>
  /** Calls back for each new entry, until the returned function is called. */
  subscribe(listener: (entries: readonly Revocation[]) => void): () => void
}

const MAX_SESSION_ID_LENGTH = 128

const isSessionId = (value: unknown): value is string =>
  isName(value) && value.length <= MAX_SESSION_ID_LENGTH

/** The entry, or `null` if it is invalid. Unknown fields are dropped. */
export function readRevocation(value: unknown): Revocation | null {
  if (typeof value !== 'object' || value === null) return null
  const { id, exp, sid, before, version, sub, kept, deleted, kid, removed, jwk, token, tokens } =
    value as Record<string, unknown>
  if (!isCount(id) || !isCount(exp)) return null
  if (isSessionId(sid)) {
    if (before === undefined) return { id, sid, exp }
    if (!isCount(before)) return null
    if (version === undefined) return { id, sid, before, exp }
    return isCount(version) ? { id, sid, before, version, exp } : null
  }
  if (isUuid(sub)) {
    if (deleted === true) return { id, sub, deleted, exp }
    if (tokens === 'changed') return { id, sub, tokens, exp }
    if (!isCount(before) || !isCount(version)) return null
    if (kept === undefined) return { id, sub, before, version, exp }
    return isSessionId(kept) ? { id, sub, before, version, kept, exp } : null
  }
  if (isSessionId(token)) return { id, token, exp }
  if (removed === true && isKeyId(kid)) return { id, kid, removed, exp }
  const key = readPublicJwk(jwk)
  return key && { id, jwk: key, exp }
}
