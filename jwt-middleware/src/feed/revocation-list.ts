import type { PersonRevocation, Revocation, SessionRevocation } from '../contract/revocation.ts'

/** `revoked`: reject the token. `stale`: its claims may be outdated, so renew it. */
export type Verdict = 'good' | 'revoked' | 'stale'

/** What a revocation can match in a token, and the version of the list it was last compared with. */
export interface Standing {
  readonly sid: string
  readonly sub: string
  /** `iat`, in seconds. */
  readonly iat: number
  /** `user_version`; tokens of older auth services have none. */
  readonly userVersion?: number | undefined
  version: number
}

type Token = Omit<Standing, 'version'>

/** All revocations that may concern a valid token. */
export interface RevocationList {
  /** Grows with every new revocation. */
  readonly version: number
  readonly size: number
  /** Adds an entry; a known one, or one that revokes nothing, changes nothing. */
  add(entry: Revocation): void
  verdict(token: Token): Verdict
  isRemovedKey(kid: string): boolean
  /**
   * Whether a token that was valid still is. Usually one comparison, however long the list is: only after a new
   * revocation is the list searched, once per token.
   */
  isStillValid(standing: Standing): boolean
  /** Drops expired entries, at most `limit` of each kind. */
  sweep(limit: number): void
}

/** Tokens with a lower version are older; tokens without a version, if they were issued before that second. */
interface Mark {
  readonly version: number
  readonly before: number
  readonly exp: number
}

/** The entry of a session with stale tokens. */
interface Stale extends Mark {
  /** Every token issued before that second, with any version: the entry had none. */
  readonly allBefore: number
}

/** The entry of all sessions of a user. */
interface Ended extends Mark {
  /** The session that was kept. */
  readonly kept: string | undefined
}

const isOlder = ({ userVersion, iat }: Token, { version, before }: Mark): boolean =>
  userVersion === undefined ? iat < before : userVersion < version

/** Valid entries that a clean-up skips before it considers the rest valid. */
const PASSED_OVER = 1_000

/** The list takes about 70 bytes for an ended session and twice that for a stale one. `now` is in ms. */
export function createRevocationList(now: () => number): RevocationList {
  const revoked = new Map<string, number>()
  const stale = new Map<string, Stale>()
  const ended = new Map<string, readonly Ended[]>()
  const deleted = new Map<string, number>()
  const removedKeys = new Map<string, number>()
  let version = 0
  let keyRemovedAt = 0

  /**
   * Keeps the later end, and moves new entries to the end of the map, so that a clean-up finds the first to expire
   * first.
   */
  function put(map: Map<string, number>, name: string, exp: number): boolean {
    const known = map.get(name)
    if (known !== undefined && known >= exp) return false
    if (known !== undefined) map.delete(name)
    map.set(name, exp)
    return known === undefined
  }

  function addSession({ sid, before, version: given, exp }: SessionRevocation): boolean {
    if (before === undefined) {
      stale.delete(sid)
      return put(revoked, sid, exp)
    }
    if (revoked.has(sid)) return false
    const known = stale.get(sid)
    const mark = {
      version: Math.max(given ?? 0, known?.version ?? 0),
      before: Math.max(before, known?.before ?? 0),
      allBefore: Math.max(given === undefined ? before : 0, known?.allBefore ?? 0),
      exp: Math.max(exp, known?.exp ?? 0),
    }
    const saysMore =
      known === undefined ||
      mark.version > known.version ||
      mark.before > known.before ||
      mark.allBefore > known.allBefore
    if (!saysMore && mark.exp === known.exp) return false
    stale.delete(sid)
    stale.set(sid, mark)
    return saysMore
  }

  function addPerson({ sub, before, version: given, kept, exp }: PersonRevocation): boolean {
    const mark: Ended = { version: given, before, kept, exp }
    const known = ended.get(sub) ?? []
    const covers = (one: Ended, other: Ended) =>
      (one.kept === undefined || one.kept === other.kept) &&
      one.version >= other.version &&
      one.before >= other.before &&
      one.exp >= other.exp
    if (known.some((one) => covers(one, mark))) return false
    ended.delete(sub)
    ended.set(sub, [...known.filter((one) => !covers(mark, one)), mark])
    return true
  }

  function verdict(token: Token): Verdict {
    const { sid, sub } = token
    if (revoked.has(sid) || deleted.has(sub)) return 'revoked'
    if (ended.get(sub)?.some((mark) => mark.kept !== sid && isOlder(token, mark))) return 'revoked'
    const mark = stale.get(sid)
    return mark !== undefined && (token.iat < mark.allBefore || isOlder(token, mark)) ? 'stale' : 'good'
  }

  return {
    get version() {
      return version
    },
    get size() {
      return revoked.size + stale.size + ended.size + deleted.size + removedKeys.size
    },
    add(entry) {
      if ('sid' in entry) {
        if (addSession(entry)) version++
      } else if ('deleted' in entry) {
        if (put(deleted, entry.sub, entry.exp)) version++
      } else if ('before' in entry) {
        if (addPerson(entry)) version++
      } else if ('kid' in entry) {
        if (put(removedKeys, entry.kid, entry.exp)) keyRemovedAt = ++version
      }
    },
    verdict,
    isRemovedKey: (kid) => removedKeys.has(kid),
    isStillValid(standing) {
      if (standing.version === version) return true
      if (standing.version < keyRemovedAt || verdict(standing) !== 'good') return false
      standing.version = version
      return true
    },
    sweep(limit) {
      const seconds = now() / 1000
      for (const map of [revoked, deleted, removedKeys]) sweep(map, limit, (exp) => exp <= seconds)
      sweep(stale, limit, ({ exp }) => exp <= seconds)
      sweep(ended, limit, (marks) => marks.every(({ exp }) => exp <= seconds))
    },
  }
}

/**
 * Entries of one kind live about equally long, so expired ones come first. Some live longer because their tokens do:
 * when token lifetimes were longer, or when older auth services dated tokens ahead.
 */
function sweep<Value>(map: Map<string, Value>, limit: number, isOver: (value: Value) => boolean): void {
  let [left, alive] = [limit, 0]
  for (const [name, value] of map) {
    if (left-- === 0) return
    if (isOver(value)) map.delete(name)
    else if (++alive > PASSED_OVER) return
  }
}
