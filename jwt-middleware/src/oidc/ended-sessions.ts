import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import { secondOf } from '../contract/seconds.ts'
import { unref } from '../contract/unref.ts'
import type { StoredValue } from '../users/state.ts'
import type { OidcSession } from './sealed-session.ts'

/** Whose sessions ended: those of a session at the provider, all of a user, or one of this app's own. */
export type EndedKey = `sid:${string}` | `sub:${string}` | `own:${string}`

/** Sessions that ended before their cookie did. Times in seconds. */
export interface EndedSessions {
  /**
   * Ends the sessions that began at or before that time. `until`: when the last of their cookies is no longer accepted.
   * `jti` is that of the logout token.
   */
  end(keys: readonly EndedKey[], before: number, until: number, jti?: string): Promise<void>
  /** Whether the session ended, by what any process of the app heard. Remembers the session until it is stale. */
  has(session: OidcSession): Promise<boolean>
  /** Whether this logout token was used before. */
  wasUsed(jti: string): boolean
  close(): void
}

export interface EndedSessionsOptions {
  /** Where the processes of an app tell each other. */
  readonly state: StoredValue
  /** A session that may be cached ended. */
  readonly onEnd: (sessionId: string) => void
  /** How many sessions are remembered. */
  readonly most: number
  /** In ms. */
  readonly now: () => number
  readonly warn: WarnLimited
}

/** One end, as it is stored: its key, `before`, `until` and `jti`. */
type End = readonly [key: EndedKey, before: number, until: number, jti: string]

/** How often a process looks what the others heard, in ms. */
export const ENDED_POLL = 1_000
/** Seconds for which a cached session outlives its freshness at most: the highest clock tolerance. */
const TOLERANCE = 60

const keysOf = ({ id, sub, providerSid }: OidcSession): EndedKey[] => [
  `own:${id}`,
  `sub:${sub}`,
  ...(providerSid === null ? [] : [`sid:${providerSid}` as const]),
]

/**
 * Keeps ends in memory, and in the app's database if it has one: as one short text to which each process adds. Where two
 * write at once, one of them finds its own missing within a second, and adds it again.
 */
export function createEndedSessions({ state, onEnd, most, now, warn }: EndedSessionsOptions): EndedSessions {
  const ends = new Map<string, End>()
  /** The last end of each key. */
  const latest = new Map<EndedKey, number>()
  const used = new Set<string>()
  /** Sessions that this process may have cached, the stalest first. */
  const seen = new Map<string, OidcSession>()
  const seenByKey = new Map<EndedKey, Set<OidcSession>>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined

  const nameOf = ([key, before, , jti]: End): string => `${key} ${before} ${jti}`
  const isLive = ([, , until]: End): boolean => until > now() / 1000

  function learn(end: End): void {
    const name = nameOf(end)
    if (!isLive(end) || ends.has(name)) return
    ends.set(name, end)
    const [key, before, , jti] = end
    latest.set(key, Math.max(before, latest.get(key) ?? 0))
    if (jti !== '') used.add(jti)
    for (const session of [...(seenByKey.get(key) ?? [])]) {
      if (session.began > before) continue
      forget(session)
      onEnd(session.id)
    }
  }

  function forget(session: OidcSession): void {
    if (seen.get(session.id) !== session) return
    seen.delete(session.id)
    for (const key of keysOf(session)) {
      const sessions = seenByKey.get(key)
      sessions?.delete(session)
      if (sessions?.size === 0) seenByKey.delete(key)
    }
  }

  function remember(session: OidcSession): void {
    const earlier = seen.get(session.id)
    if (earlier) forget(earlier)
    seen.set(session.id, session)
    for (const key of keysOf(session)) {
      const sessions = seenByKey.get(key)
      if (sessions) sessions.add(session)
      else seenByKey.set(key, new Set([session]))
    }
    if (seen.size > most) forget(seen.values().next().value as OidcSession)
    timer ??= unref(setInterval(() => void look(), ENDED_POLL))
  }

  function sweep(): void {
    for (const [name, end] of ends) {
      if (isLive(end)) continue
      const [key, before, , jti] = end
      ends.delete(name)
      used.delete(jti)
      if (latest.get(key) === before) latest.delete(key)
    }
    const seconds = now() / 1000
    for (const session of seen.values()) {
      if (session.freshUntil + TOLERANCE > seconds) break
      forget(session)
    }
    if (seen.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  /** Reads what the others heard, and adds what they do not know. */
  async function exchange(): Promise<void> {
    readAt = now()
    sweep()
    try {
      const stored = readEnds(await state.read()).filter(isLive)
      for (const end of stored) learn(end)
      const known = new Set(stored.map(nameOf))
      if ([...ends.keys()].some((name) => !known.has(name)))
        await state.write(JSON.stringify([...ends.values()]))
    } catch (error) {
      warn(
        { event: 'oidc_ends_not_shared', error: innermostError(error).message },
        'could not read or write which sessions ended: check the database of this app; until then, other processes of it may accept them for minutes',
      )
    }
  }

  function look(): Promise<void> {
    reading ??= exchange().finally(() => {
      reading = null
    })
    return reading
  }

  return {
    async end(keys, before, until, jti = '') {
      for (const key of keys) learn([key, before, until, jti])
      // What is being read now may not have it.
      await reading
      await look()
    },
    async has(session) {
      if (now() - readAt >= ENDED_POLL) await look()
      const hasEnded = keysOf(session).some((key) => session.began <= (latest.get(key) ?? -1))
      if (!hasEnded && session.freshUntil > secondOf(now())) remember(session)
      return hasEnded
    },
    wasUsed: (jti) => used.has(jti),
    close() {
      clearInterval(timer)
      timer = undefined
      seen.clear()
      seenByKey.clear()
    },
  }
}

/** What is stored; anything else is nothing. */
function readEnds(text: string | null): End[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter(isEnd) : []
  } catch {
    return []
  }
}

function isEnd(value: unknown): value is End {
  if (!Array.isArray(value)) return false
  const [key, before, until, jti] = value
  return (
    typeof key === 'string' && Number.isFinite(before) && Number.isFinite(until) && typeof jti === 'string'
  )
}
