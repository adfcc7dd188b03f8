import { type ErrorCode, LatchkeyError } from '../contract/errors.ts'
import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Revocation } from '../contract/revocation.ts'
import { unref } from '../contract/unref.ts'
import type { Standing, Verdict } from '../feed/revocation-list.ts'
import type { AuthenticatedUser, ServiceUser } from '../users/user.ts'
import type { Activity } from './introspection.ts'

/** Who has a session or an API token. */
type Holder = AuthenticatedUser | ServiceUser

/** What is known about the token of a user. */
export interface Credential {
  /** Empty if the auth service confirmed the session without a token. */
  readonly token: string
  readonly standing: Standing
  /** In ms, with the clock tolerance. */
  readonly expiresAt: number
  /** How often users had been forgotten when the local row was read. */
  readonly generation: number
  /** When an API token ends, in ms. Sessions are renewed instead. */
  readonly endsAt?: number
}

/** Hears that a session ended, and why: the same error as the signal's reason. */
export type EndListener = (reason: LatchkeyError) => void

export type Unsubscribe = () => void

/** Tells long connections and jobs of the end of their session. */
export interface SessionEnds {
  /** Aborts when the session of this user ends. One signal serves all requests of a session. */
  signalOf(user: Holder): AbortSignal
  /** Calls back once when the session ends; soon, if it has ended already. */
  onEnd(user: Holder, listener: EndListener): Unsubscribe
  /** Calls back once when the account's data are newer than this user; soon, if they are already. */
  onChange(user: Holder, listener: () => void): Unsubscribe
  /** Tells of a new entry of the feed; the list of revocations has it already. */
  hear(entry: Revocation): void
  /** The sessions that have a signal or a listener, by id. */
  readonly sessions: ReadonlyMap<string, unknown>
  /** A newer token of a watched session was verified. */
  renewed(credential: Credential): void
  /** The feed is live again after a silence, and told of everything that a valid token can be about. */
  caughtUp(): void
  /** Reads the local rows of this user's open sessions again, or those of all. */
  recheck(uuid?: string): Promise<void>
}

export interface SessionEndsOptions {
  /** `undefined` for objects that are not from here, such as copies. */
  readonly credentialOf: (user: Holder) => Credential | undefined
  readonly verdict: (token: Standing) => Verdict
  readonly isFeedStale: () => boolean
  readonly whenFeedIsStale: 'accept' | 'refuse'
  /** Asks the auth service about an access token. */
  readonly ask: (token: string) => Promise<Activity>
  /** Whether the local row admits the user. Throws when the database does not respond. */
  readonly isAdmitted: (user: Holder, credential: Credential) => Promise<boolean>
  /** How often users have been forgotten. */
  readonly generation: () => number
  /** How many sessions are watched; beyond that, the one that was watched for longest ends. */
  readonly most: number
  /** In ms. */
  readonly now: () => number
  readonly warn: WarnLimited
}

type EndCode = Extract<ErrorCode, 'session_ended' | 'session_unconfirmed' | 'user_blocked' | 'user_deleted'>

const MESSAGES: Readonly<Record<EndCode, string>> = {
  session_ended: 'The session ended: the user signed out, or the auth service ended it.',
  session_unconfirmed: 'The session can no longer be confirmed. Let the client connect again.',
  user_blocked: 'The user was disabled in this app.',
  user_deleted: 'The user was deleted at the auth service.',
}

/** The open connections and jobs of one session. */
interface Watched {
  /** A copy without the signal, which lives as long as the user itself. */
  readonly facts: Holder
  /** The newest token of the session. */
  credential: Credential
  controller: AbortController | null
  readonly ends: Set<EndListener>
  /** With the state of the user that each listener has. */
  readonly changes: Map<() => void, Standing>
  mustRecheck: boolean
}

/** Between two looks at all watched sessions, in ms. */
const PERIOD = 30_000
/** How long after the end of a token the feed still knows what revoked it, in ms. */
const GRACE = 30_000
/** Sessions can also end by disuse, of which the feed says nothing. In ms after the newest token. */
const LONGEST = 86_400_000
/** Questions to the auth service at once. */
const AT_ONCE = 8

/**
 * Watches only sessions that someone asked about. An entry of the feed costs one look-up by session or by user, however
 * many are watched.
 */
export function createWatchedSessions(options: SessionEndsOptions): SessionEnds {
  const { credentialOf, verdict, isFeedStale, whenFeedIsStale, ask, isAdmitted, generation } = options
  const { most, now, warn } = options
  const sessions = new Map<string, Watched>()
  const people = new Map<string, Set<Watched>>()
  /** Each user keeps the signal they had, since the state of a session is forgotten after its end. */
  const signals = new WeakMap<Holder, AbortSignal>()
  let timer: NodeJS.Timeout | undefined
  let isAsking = false

  /** The watched session of this user, or why it is over. */
  function watch(user: Holder): Watched | EndCode {
    const known = sessions.get(idOf(user))
    if (known) return known
    const credential = credentialOf(user)
    if (credential === undefined) {
      throw new LatchkeyError(
        'foreign_user',
        'This user is not from this auth(). Pass the user of the request itself, c.var.user or req.user, and no copy of it.',
      )
    }
    if (verdict(credential.standing) === 'revoked') return 'session_ended'
    if (now() >= credential.expiresAt + GRACE) return 'session_unconfirmed'
    return add(user, credential)
  }

  function add(user: Holder, credential: Credential): Watched {
    if (sessions.size >= most) end(sessions.values().next().value as Watched, 'session_unconfirmed')
    const uuid = personOf(user)
    const watched: Watched = {
      facts: copyOf(user),
      credential,
      controller: null,
      ends: new Set(),
      changes: new Map(),
      mustRecheck: false,
    }
    sessions.set(idOf(user), watched)
    const theirs = people.get(uuid)
    if (theirs) theirs.add(watched)
    else people.set(uuid, new Set([watched]))
    timer ??= unref(setInterval(() => void look(), PERIOD))
    // Disabled here after this request had read the row.
    if (credential.generation !== generation()) void recheckOne(watched)
    return watched
  }

  function remove(watched: Watched): void {
    const id = idOf(watched.facts)
    if (sessions.get(id) !== watched) return
    sessions.delete(id)
    const uuid = personOf(watched.facts)
    const theirs = people.get(uuid)
    theirs?.delete(watched)
    if (theirs?.size === 0) people.delete(uuid)
    if (sessions.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  function release(watched: Watched): void {
    if (!watched.controller && watched.ends.size === 0 && watched.changes.size === 0) remove(watched)
  }

  function end(watched: Watched, code: EndCode): void {
    const { ends, changes, controller, facts } = watched
    if (sessions.get(idOf(facts)) !== watched) return
    remove(watched)
    const reason = reasonOf(code)
    const listeners = [...ends]
    ends.clear()
    changes.clear()
    controller?.abort(reason)
    for (const listener of listeners) call(() => listener(reason))
  }

  /** One listener must not keep the others from hearing. */
  function call(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      warn(
        { event: 'listener_failed', error: innermostError(error).message },
        'a listener of onSessionEnd() or onUserChange() threw an error: its connection may still be open',
      )
    }
  }

  /** After the caller has the function that takes it back. */
  function callSoon(listener: () => void): Unsubscribe {
    let isWanted = true
    queueMicrotask(() => {
      if (isWanted) call(listener)
    })
    return () => {
      isWanted = false
    }
  }

  /** Calls the listeners whose user is out of date. */
  function tellOfChange(watched: Watched): void {
    for (const [listener, standing] of [...watched.changes]) {
      if (verdict(standing) !== 'stale' || !watched.changes.delete(listener)) continue
      call(listener)
    }
    release(watched)
  }

  async function recheckOne(watched: Watched): Promise<void> {
    watched.mustRecheck = true
    try {
      const admitted = await isAdmitted(watched.facts, watched.credential)
      watched.mustRecheck = false
      if (!admitted) end(watched, 'user_blocked')
    } catch (error) {
      warn(
        { event: 'store_failed', error: innermostError(error).message },
        'could not read the local user of open connections: check the database of this app',
      )
    }
  }

  /** What no entry of the feed tells. */
  async function look(): Promise<void> {
    for (const watched of [...sessions.values()]) {
      const { standing, endsAt = Number.POSITIVE_INFINITY } = watched.credential
      if (now() >= Math.min(standing.iat * 1000 + LONGEST, endsAt)) end(watched, 'session_unconfirmed')
      else if (watched.mustRecheck) void recheckOne(watched)
    }
    if (isFeedStale()) await askAboutAll()
  }

  /** Ends the sessions of which nothing can be known without the feed. */
  function endExpired(): void {
    for (const watched of [...sessions.values()]) {
      if (now() >= watched.credential.expiresAt) end(watched, 'session_unconfirmed')
    }
  }

  /** Without the feed, the auth service knows; without both, a connection ends with its newest token. */
  async function askAboutAll(): Promise<void> {
    endExpired()
    if (isAsking) return
    isAsking = true
    const waiting = [...sessions.values()].values()
    let isDown = false
    const worker = async () => {
      for (const watched of waiting) {
        const { token } = watched.credential
        const activity = isDown || token === '' ? 'unavailable' : await ask(token)
        if (activity === 'inactive' && watched.credential.token === token) end(watched, 'session_ended')
        if (activity !== 'unavailable') continue
        if (token !== '') isDown = true
        if (whenFeedIsStale === 'refuse') end(watched, 'session_unconfirmed')
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    isAsking = false
  }

  return {
    signalOf(user) {
      const known = signals.get(user)
      if (known) return known
      const watched = watch(user)
      const signal = typeof watched === 'string' ? AbortSignal.abort(reasonOf(watched)) : signalIn(watched)
      signals.set(user, signal)
      return signal
    },
    onEnd(user, listener) {
      const watched = watch(user)
      if (typeof watched === 'string') return callSoon(() => listener(reasonOf(watched)))
      // The same function may be given for several connections.
      const own: EndListener = (reason) => listener(reason)
      watched.ends.add(own)
      return () => {
        watched.ends.delete(own)
        release(watched)
      }
    },
    onChange(user, listener) {
      const watched = watch(user)
      if (typeof watched === 'string') return () => {}
      const standing = credentialOf(user)?.standing ?? watched.credential.standing
      if (verdict(standing) === 'stale') {
        release(watched)
        return callSoon(listener)
      }
      const own = () => listener()
      watched.changes.set(own, standing)
      return () => {
        watched.changes.delete(own)
        release(watched)
      }
    },
    hear(entry) {
      if ('sid' in entry) {
        const watched = sessions.get(entry.sid)
        if (watched === undefined) return
        if (entry.before === undefined) end(watched, 'session_ended')
        else tellOfChange(watched)
      } else if ('token' in entry) {
        const watched = sessions.get(entry.token)
        if (watched) end(watched, 'session_ended')
      } else if ('sub' in entry && 'tokens' in entry) {
        // Whether a token survived the change shows when its client connects again.
        for (const watched of [...(people.get(entry.sub) ?? [])]) {
          if (watched.facts.token !== null) end(watched, 'session_unconfirmed')
        }
      } else if ('sub' in entry) {
        for (const watched of [...(people.get(entry.sub) ?? [])]) {
          if ('deleted' in entry) end(watched, 'user_deleted')
          else if (verdict(watched.credential.standing) === 'revoked') end(watched, 'session_ended')
        }
      }
    },
    sessions,
    renewed(credential) {
      const watched = sessions.get(credential.standing.sid)
      if (watched && isNewer(credential, watched.credential)) watched.credential = credential
    },
    caughtUp: endExpired,
    async recheck(uuid) {
      const theirs = uuid === undefined ? sessions.values() : (people.get(uuid) ?? [])
      await Promise.all([...theirs].map(recheckOne))
    },
  }
}

function signalIn(watched: Watched): AbortSignal {
  watched.controller ??= new AbortController()
  return watched.controller.signal
}

/** The id of a session or of an API token: both are random, so they differ. */
const idOf = ({ sessionId, token }: Holder): string => sessionId ?? token?.id ?? ''

const personOf = (holder: Holder): string => (holder.isService ? '' : holder.uuid)

/** Without the signal, and with what the prototype says. */
const copyOf = (holder: Holder): Holder =>
  ({ ...holder, token: holder.token, isService: holder.isService }) as Holder

const reasons = new Map<EndCode, LatchkeyError>()

/** One error for all ends of a kind: thousands may end at once, and the stack would tell nothing. */
function reasonOf(code: EndCode): LatchkeyError {
  const reason = reasons.get(code) ?? new LatchkeyError(code, MESSAGES[code])
  reasons.set(code, reason)
  return reason
}

function isNewer({ standing: one, expiresAt }: Credential, { standing: other, expiresAt: end }: Credential) {
  const [version, known] = [one.userVersion ?? 0, other.userVersion ?? 0]
  return version === known ? expiresAt > end : version > known
}
