import type { TokenUser } from '../users/user.ts'

/** What is kept about a token that the auth service confirmed; times in ms. */
export interface CachedToken {
  readonly user: TokenUser
  /** The token's id. */
  readonly id: string
  /** The user's uuid, or the subject of an app's own token. */
  readonly sub: string
  readonly confirmedAt: number
  readonly expiresAt: number
}

/** Users by the hash of their API token. */
export interface ApiTokenCache {
  get(hash: string): TokenUser | null
  set(hash: string, token: CachedToken): void
  /** Notes that the auth service does not accept a token. */
  refuse(hash: string): void
  /** Whether it refused the token a moment ago. */
  isRefused(hash: string): boolean
  dropToken(id: string): void
  /** Drops the tokens of a user. */
  dropUser(sub: string): void
  /** Drops all confirmed tokens. */
  clear(): void
  /** The number of confirmed tokens. */
  readonly size: number
}

export interface ApiTokenCacheOptions {
  /** The most tokens of each kind. */
  readonly size: number
  /** In ms. */
  readonly now: () => number
  /** Whether revocations arrive at this moment. */
  readonly isLive: (time: number) => boolean
  /** Whether a request must ask for revocations first. Default: never. */
  readonly isDue?: (time: number) => boolean
}

/** How long an answer counts while nothing tells of revocations, in ms. */
const WITHOUT_FEED = 30_000
/** How long a refusal counts, in ms. */
const REFUSED = 10_000

/** Bounded: the oldest leaves first. Refused tokens, which anyone can invent, never displace confirmed ones. */
export function createApiTokenCache({
  size,
  now,
  isLive,
  isDue = () => false,
}: ApiTokenCacheOptions): ApiTokenCache {
  const tokens = new Map<string, CachedToken>()
  const hashes = new Map<string, string>()
  const ofUser = new Map<string, Set<string>>()
  const refused = new Map<string, number>()

  function remove(hash: string): void {
    const known = tokens.get(hash)
    if (known === undefined) return
    tokens.delete(hash)
    hashes.delete(known.id)
    const theirs = ofUser.get(known.sub)
    theirs?.delete(hash)
    if (theirs?.size === 0) ofUser.delete(known.sub)
  }

  return {
    get(hash) {
      const known = tokens.get(hash)
      if (known === undefined) return null
      const time = now()
      if (isDue(time)) return null
      if (time < known.expiresAt && (isLive(time) || time < known.confirmedAt + WITHOUT_FEED))
        return known.user
      remove(hash)
      return null
    },
    set(hash, token) {
      remove(hash)
      refused.delete(hash)
      if (tokens.size >= size) remove(tokens.keys().next().value as string)
      tokens.set(hash, token)
      hashes.set(token.id, hash)
      const theirs = ofUser.get(token.sub)
      if (theirs) theirs.add(hash)
      else ofUser.set(token.sub, new Set([hash]))
    },
    refuse(hash) {
      remove(hash)
      refused.delete(hash)
      if (refused.size >= size) refused.delete(refused.keys().next().value as string)
      refused.set(hash, now() + REFUSED)
    },
    isRefused(hash) {
      const until = refused.get(hash)
      if (until === undefined) return false
      if (now() < until) return true
      refused.delete(hash)
      return false
    },
    dropToken(id) {
      const hash = hashes.get(id)
      if (hash !== undefined) remove(hash)
    },
    dropUser(sub) {
      for (const hash of [...(ofUser.get(sub) ?? [])]) remove(hash)
    },
    clear() {
      for (const map of [tokens, hashes, ofUser]) map.clear()
    },
    get size() {
      return tokens.size
    },
  }
}
