import type { AuthenticatedUser } from './permissions.ts'

interface Entry {
  readonly user: AuthenticatedUser
  /** In ms; looked at on every hit. */
  readonly expiresAt: number
}

/** Users by the whole token that proved them: what makes a warm request cost one look-up. */
export interface TokenCache {
  get(token: string): AuthenticatedUser | null
  set(token: string, user: AuthenticatedUser, expiresAt: number): void
  /** Drops every token of this person. */
  forget(uuid: string): void
}

/** Holds `size` verified tokens, about 1.2 KB each. The oldest leaves first, which is the first to expire, too. */
export function createTokenCache(size: number, now: () => number): TokenCache {
  const entries = new Map<string, Entry>()
  return {
    get(token) {
      const entry = entries.get(token)
      if (entry === undefined) return null
      if (now() < entry.expiresAt) return entry.user
      entries.delete(token)
      return null
    },
    set(token, user, expiresAt) {
      if (entries.size >= size && !entries.has(token)) entries.delete(entries.keys().next().value as string)
      // A slice would keep the whole request header alive for as long as the entry lives.
      entries.set(Buffer.from(token, 'latin1').toString('latin1'), { user, expiresAt })
    },
    forget(uuid) {
      for (const [token, { user }] of entries) if (user.uuid === uuid) entries.delete(token)
    },
  }
}
