import type { Revocation, SessionRevocation } from './revocation.ts'

/** `over`: refuse the token. `stale`: what it says may have changed, so renew it. */
export type Verdict = 'good' | 'over' | 'stale'

/** What a token must be asked about, and the version of the list that it was last compared with. */
export interface Standing {
  readonly sid: string
  readonly sub: string
  /** `iat`, in seconds. */
  readonly iat: number
  version: number
}

/** All that is revoked and may still have a living token. */
export interface RevocationList {
  /** Grows whenever something new is revoked. */
  readonly version: number
  readonly size: number
  /** Takes an entry in; one that is known already, or revokes nothing, changes nothing. */
  add(entry: Revocation): void
  verdict(token: Omit<Standing, 'version'>): Verdict
  isRemovedKey(kid: string): boolean
  /**
   * Whether a token that was good still is. Usually one comparison, however long the list: only after something new
   * was revoked is the list itself asked, once for each token.
   */
  holds(standing: Standing): boolean
  /** Drops entries that have nothing more to say, at most `limit` of each kind. */
  sweep(limit: number): void
}

interface Stale {
  readonly before: number
  readonly exp: number
}

/** The list takes some 70 bytes for an ended session and twice that for a stale one. `now` is in ms. */
export function createRevocationList(now: () => number): RevocationList {
  const over = new Map<string, number>()
  const stale = new Map<string, Stale>()
  const deleted = new Map<string, number>()
  const removedKeys = new Map<string, number>()
  let version = 0
  let keyRemovedAt = 0

  /** The later end is kept; whatever is new goes to the end of the map, so that a sweep finds the first to go first. */
  function put(map: Map<string, number>, name: string, exp: number): boolean {
    const known = map.get(name)
    if (known !== undefined && known >= exp) return false
    if (known !== undefined) map.delete(name)
    map.set(name, exp)
    return known === undefined
  }

  function addSession({ sid, before, exp }: SessionRevocation): boolean {
    if (before === undefined) {
      stale.delete(sid)
      return put(over, sid, exp)
    }
    if (over.has(sid)) return false
    const known = stale.get(sid)
    if (known && known.before >= before && known.exp >= exp) return false
    stale.delete(sid)
    stale.set(sid, { before: Math.max(before, known?.before ?? 0), exp: Math.max(exp, known?.exp ?? 0) })
    return before > (known?.before ?? -1)
  }

  function verdict({ sid, sub, iat }: Omit<Standing, 'version'>): Verdict {
    if (over.has(sid) || deleted.has(sub)) return 'over'
    const mark = stale.get(sid)
    return mark !== undefined && iat < mark.before ? 'stale' : 'good'
  }

  return {
    get version() {
      return version
    },
    get size() {
      return over.size + stale.size + deleted.size + removedKeys.size
    },
    add(entry) {
      if ('sid' in entry) {
        if (addSession(entry)) version++
      } else if ('sub' in entry) {
        if (put(deleted, entry.sub, entry.exp)) version++
      } else if ('kid' in entry) {
        if (put(removedKeys, entry.kid, entry.exp)) keyRemovedAt = ++version
      }
    },
    verdict,
    isRemovedKey: (kid) => removedKeys.has(kid),
    holds(standing) {
      if (standing.version === version) return true
      if (standing.version < keyRemovedAt || verdict(standing) !== 'good') return false
      standing.version = version
      return true
    },
    sweep(limit) {
      const seconds = now() / 1000
      for (const map of [over, deleted, removedKeys]) sweep(map, limit, (exp) => exp <= seconds)
      sweep(stale, limit, ({ exp }) => exp <= seconds)
    },
  }
}

/** Entries of one kind live equally long, so that the first one alive ends the search. */
function sweep<Value>(map: Map<string, Value>, limit: number, isOver: (value: Value) => boolean): void {
  let left = limit
  for (const [name, value] of map) {
    if (left-- === 0 || !isOver(value)) return
    map.delete(name)
  }
}
