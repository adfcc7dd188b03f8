import { copyText } from '#node-or-web/contract/bytes'
import type { Standing } from '../feed/revocation-list.ts'
import type { AuthenticatedUser } from '../users/user.ts'

interface Entry {
  readonly token: string
  readonly user: AuthenticatedUser
  /** In ms; checked on every hit. */
  readonly expiresAt: number
  /** Also checked on every hit. */
  readonly standing: Standing
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
  /** Returns its own copy of the token. */
  set(token: string, user: AuthenticatedUser, expiresAt: number, standing: Standing): string
  /** Drops every token of this user, or of all. */
  forget(uuid?: string): void
  /** Grows with each `forget`, so that earlier results are not stored after it. */
  generation(): number
}

/**
 * The key before the full comparison: the end of a token's signature, as a number. Hashing a fresh string, or even its
 * end, would cost more than the comparison.
 */
function keyOf(token: string): number {
  let key = 0
  for (let i = token.length - 6; i < token.length; i++) key = (key << 6) ^ token.charCodeAt(i)
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
    if (time >= entry.expiresAt) entries.delete(key)
    else if (isStillValid(entry.standing, time)) return entry.user
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
      entries.set(key, { token: own, user, expiresAt, standing, companion: 0 })
      return own
    },
    forget(uuid) {
      generation++
      for (const [key, { user }] of entries) if (uuid === undefined || user.uuid === uuid) entries.delete(key)
    },
    generation: () => generation,
  }
}
