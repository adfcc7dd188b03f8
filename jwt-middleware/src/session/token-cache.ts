import { copyText } from '#node-or-web/contract/bytes'
import type { Standing } from '../feed/revocation-list.ts'
import type { AuthenticatedUser } from '../users/user.ts'

/** One object: with thousands of users, each further one would be a wait for memory. */
interface Entry extends Standing {
  readonly token: string
  readonly user: AuthenticatedUser
  /** In s, a small integer; V8 keeps greater numbers as objects of their own. Checked on every hit, as is the standing. */
  readonly expiresAt: number
  /** The refresh token known to belong to the same user: see `companionOf`. 0 if none is. */
  companion: number
}

/** Users by their whole token, so that a warm request costs one look-up. */
export interface TokenCache {
  get(token: string): AuthenticatedUser | null
  /** The same for a request with that refresh token, or without one (0): `null` if it may belong to another user. */
  getPaired(token: string, companion: number): AuthenticatedUser | null
  /** Records that this refresh token belongs to the same user. */
  pair(token: string, companion: number): void
  /** Returns its own copy of the token. `expiresAt` is in s. */
  set(token: string, user: AuthenticatedUser, expiresAt: number, standing: Standing): string
  /** Drops every token of this user, or of all. */
  forget(uuid?: string): void
  /** Grows with each `forget`, so that earlier results are not stored after it. */
  generation(): number
}

const FNV_PRIME = 0x01000193

/**
 * The key before the full comparison: a hash (FNV-1a) of the end of the token's signature. Hashing a fresh string as a
 * whole would cost more than the comparison.
 */
function keyOf(token: string): number {
  let key = 0
  for (let i = token.length - 12; i < token.length; i++) key = Math.imul(key ^ token.charCodeAt(i), FNV_PRIME)
  return key
}

/** Holds `size` verified tokens, about 1.2 KB each. The oldest leaves first, which is also the first to expire. */
export function createTokenCache(
  size: number,
  now: () => number,
  isStillValid: (standing: Standing, time: number) => boolean,
): TokenCache {
  const entries = new Map<number, Entry>()
  let generation = 0

  function get(token: string, companion: number): AuthenticatedUser | null {
    const key = keyOf(token)
    const entry = entries.get(key)
    if (entry === undefined || entry.token !== token) return null
    if (companion !== 0 && entry.companion !== companion) return null
    const time = now()
    if (time >= entry.expiresAt * 1000) entries.delete(key)
    else if (isStillValid(entry, time)) return entry.user
    return null
  }

  return {
    get: (token) => get(token, 0),
    getPaired: get,
    pair(token, companion) {
      const entry = entries.get(keyOf(token))
      if (entry?.token === token) entry.companion = companion
    },
    set(token, user, expiresAt, standing) {
      const key = keyOf(token)
      if (entries.size >= size && !entries.has(key)) entries.delete(entries.keys().next().value as number)
      const own = copyText(token)
      const { sid, sub, iat, userVersion, version } = standing
      entries.set(key, { token: own, user, expiresAt, companion: 0, version, iat, userVersion, sid, sub })
      return own
    },
    forget(uuid) {
      generation++
      for (const [key, { user }] of entries) if (uuid === undefined || user.uuid === uuid) entries.delete(key)
    },
    generation: () => generation,
  }
}
