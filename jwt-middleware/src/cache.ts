import type { AuthenticatedUser } from './permissions.ts'
import type { Standing } from './revocation-list.ts'

interface Entry {
  readonly token: string
  readonly user: AuthenticatedUser
  /** In ms; looked at on every hit. */
  readonly expiresAt: number
  /** Looked at on every hit, too, where it matters. */
  readonly standing: Standing | undefined
}

/** Users by the whole token that proved them: what makes a warm request cost one look-up. */
export interface TokenCache {
  get(token: string): AuthenticatedUser | null
  /** Returns its own copy of the token. */
  set(token: string, user: AuthenticatedUser, expiresAt: number, standing?: Standing): string
  /** Drops every token of this person. */
  forget(uuid: string): void
  /** Grows with each `forget`, so that nothing found out before is stored after it. */
  generation(): number
}

/**
 * Looked up by the end of the token's signature, then compared as a whole: hashing all of a fresh string would cost
 * five times as much as the comparison.
 */
const KEY_LENGTH = 24

/** Holds `size` verified tokens, about 1.2 KB each. The oldest leaves first, which is the first to expire, too. */
export function createTokenCache(
  size: number,
  now: () => number,
  holds: (standing: Standing, time: number) => boolean = () => true,
): TokenCache {
  const entries = new Map<string, Entry>()
  let generation = 0
  return {
    get(token) {
      const key = token.slice(-KEY_LENGTH)
      const entry = entries.get(key)
      if (entry === undefined || entry.token !== token) return null
      const time = now()
      if (time >= entry.expiresAt) entries.delete(key)
      else if (entry.standing === undefined || holds(entry.standing, time)) return entry.user
      return null
    },
    set(token, user, expiresAt, standing) {
      const key = copy(token.slice(-KEY_LENGTH))
      if (entries.size >= size && !entries.has(key)) entries.delete(entries.keys().next().value as string)
      const own = copy(token)
      entries.set(key, { token: own, user, expiresAt, standing })
      return own
    },
    forget(uuid) {
      generation++
      for (const [key, { user }] of entries) if (user.uuid === uuid) entries.delete(key)
    },
    generation: () => generation,
  }
}

/** A slice would keep the whole request header alive for as long as the entry lives. */
const copy = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
