import {
  createLimitedLog,
  failure,
  LatchkeyError,
  MAX_SAME_NAME,
  type RefreshClaims,
  type Result,
  type TokenReason,
} from '@latchkey/jwt-middleware/contract'
import { and, count, desc, eq, gt, inArray, lt, lte, ne, or } from 'drizzle-orm'
import { NO_DEVICE } from '../../events/audit-log.ts'
import type { Device } from '../../platform/client/device.ts'
import type { Cookies } from '../../platform/client/host-cookies.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Config } from '../../platform/config/config.ts'
import { randomToken } from '../../platform/crypto/random-id.ts'
import type { Database } from '../../platform/database/open.ts'
import { type PageOf, pageOf, SESSIONS_PAGE } from '../../platform/database/pagination.ts'
import { insertIf } from '../../platform/database/row-locks.ts'
import type { Log } from '../../platform/logging/logger.ts'
import type { User, Users } from '../../users/users.ts'
import type { Tokens } from '../session-tokens.ts'
import type { Rotate, SessionRow } from './refresh-rotation.ts'
import type { EndReused } from './reuse-detection.ts'
import type { Minted, SessionCookies, SessionSecrets } from './session-cookies.ts'
import { MOST_SESSIONS, type SessionTermination } from './termination.ts'

/** How users prove who they are, as values of the claim `amr` (RFC 8176): by a password, or an emailed link or code. */
export type Amr = 'pwd' | 'otp'

/** One sign-in on one device. Times in seconds. */
export interface Session extends Device {
  /** The claim `sid`. */
  readonly id: string
  readonly userId: number
  readonly createdAt: number
  readonly lastUsedAt: number
  /** The maximum end of the session, even if it is used. */
  readonly expiresAt: number
  /** When the user last confirmed their identity, e.g. with the password. */
  readonly authenticatedAt: number
  /** The app whose device it is (RFC 8628); `null` for browsers. */
  readonly deviceAppId: number | null
}

/** Everything a response needs to sign a user in. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  readonly accessToken: string
  readonly refreshToken: string
  /** The access token's remaining lifetime in seconds. */
  readonly expiresIn: number
  /** Ready `Set-Cookie` values. */
  readonly cookies: string[]
  /** Whether the request contained the secret of the session as well, which opens `/account` and `/admin`. */
  readonly hasSecret: boolean
}

/**
 * Why refresh tokens were not renewed: there was none, it is foreign, its session has ended, or they belong to two
 * users (or are too many).
 */
export type RenewalReason = 'missing' | 'rejected' | 'session_over' | 'conflicting'

/**
 * The user has changed since they were read: the password, a claim, or permission to sign in, or all their sessions
 * have ended.
 */
export class UserChanged extends Error {
  override readonly name = 'PersonChanged'
  readonly code = 'person_changed'

  constructor() {
    super('This user was changed in the meantime. Load the user again.')
  }
}

/** A selection of a user's sessions. */
export interface WhichSessions {
  /** The `next` value of the previous page, unvalidated. Default: the first page. */
  readonly after?: string | null
  /** Id of a session to omit. */
  readonly but?: string
  readonly limit?: number
}

export interface Sessions extends Omit<SessionTermination, 'endSurplus'> {
  /**
   * Stores a new session of a user who is unchanged, and issues its tokens; its cookies outlive the browser only if it
   * is persistent. `amr` is how they signed in, by default with the password. Ends the session unused for longest if
   * there are too many. Throws `cookie_too_large`, and when the row can't be stored. A session on a device of an app
   * belongs to the app with that id, which gets no cookies.
   * @throws PersonChanged
   */
  start(
    user: User,
    device: Device,
    isPersistent?: boolean,
    amr?: Amr,
    deviceAppId?: number | null,
  ): Promise<SignedIn>
  /**
   * Exchanges the refresh tokens among these cookies, judged together, for the next pair of the newest valid one.
   * Ends the sessions of old ones only if none is valid, and reports the device if they are reused. Throws on an outage,
   * which ends no session.
   */
  renewFrom(given: Cookies, by?: Device): Promise<Result<SignedIn, RenewalReason>>
  /**
   * The live session among these cookies, which stays as it is. `null` if there is none, or tokens of two users:
   * `renewFrom` has the reason.
   */
  find(given: Cookies): Promise<Pick<SignedIn, 'user' | 'session' | 'hasSecret'> | null>
  /**
   * Whether the newest refresh token among these cookies is older than half the life of an access token. Nothing is
   * verified: `find` and `renewFrom` are what decides.
   */
  isDue(given: Cookies): boolean
  /** The session ids in the authentic refresh tokens among these cookies, live or not, in order. */
  idsFrom(given: Cookies): Promise<string[]>
  /** The session id in a refresh token that this service has just issued: nothing is verified. */
  idOf(ownToken: string): string
  /** Whether the session with this id is alive. */
  isLive(id: string): Promise<boolean>
  /** A user's live sessions, last used first: at most 100. */
  list(userId: number, which?: WhichSessions): Promise<Session[]>
  /** A page of them. */
  page(userId: number, which?: Omit<WhichSessions, 'limit'> & { size?: number }): Promise<PageOf<Session>>
  /** How many live sessions a user has. */
  count(userId: number): Promise<number>
  /** Records that the session's user has just confirmed their identity. */
  noteProof(sid: string, amr: Amr): Promise<void>
  /** Deletes expired sessions; returns how many. */
  deleteExpired(): Promise<number>
  /** The `Set-Cookie` values that sign out the browser with these cookies. */
  clearCookies(given?: Cookies): string[]
  /** The same without the auth service's own cookie: apps forward these, and may have one of that name. */
  clearFamilyCookies(given?: Cookies): string[]
  /** The values that delete its cookies with former names and domains. */
  clearLeftoverCookies(given: Cookies): string[]
  /**
   * Whether no app can identify the user of this raw `Cookie` header: it contains authentic tokens of two users, or too
   * many tokens of one kind. Invalid ones beside authentic ones are ignored, by apps as well.
   */
  areTangled(given: Cookies): Promise<boolean>
  /** The `Set-Cookie` values that delete everything a host of the family may have set under our names. */
  clearTangledCookies(given?: Cookies): string[]
}

export interface SessionsOptions {
  readonly config: Pick<Config, 'accessTtl' | 'refreshTtl' | 'sessionMaxAge'>
  readonly database: Database
  readonly rotate: Rotate
  /** Finds the session without a rotation. */
  readonly recognise: Rotate
  readonly endReused: EndReused
  readonly termination: SessionTermination
  readonly users: Users
  readonly tokens: Tokens
  readonly cookies: SessionCookies
  readonly secrets: SessionSecrets
  readonly log: Log
  readonly now: () => number
}

/** What to check if a refresh token is rejected for this reason; no setting causes the others. */
const SETTINGS: Partial<Record<TokenReason, string>> = {
  wrong_issuer: 'AUTH_URL: was it changed?',
  wrong_audience: 'AUTH_URL: was it changed?',
  unknown_key: 'DATABASE_URL: another auth service sets cookies of the same name, or a key was removed',
  bad_signature: 'DATABASE_URL: another auth service sets cookies of the same name',
  not_yet_valid: 'the clocks of all auth services on this database (NTP)',
  malformed: 'COOKIE_PREFIX: another program sets cookies of the same name',
}

/** The sessions in the database. */
export function createSessions(options: SessionsOptions): Sessions {
  const { config, database, rotate, recognise, endReused, termination, users, tokens, cookies, secrets } =
    options
  const { log, now } = options
  const { db, sessions } = database
  const warn = createLimitedLog(log)

  /** Everything for the browser, which must not get it unless the row is stored; `secret` is that of a new session. */
  function signIn(
    user: User,
    row: SessionRow,
    at: number,
    hasSecret: () => boolean,
    secret?: Minted,
  ): SignedIn {
    const session = sessionOf(row)
    const { access, refresh } = tokens.issue(user, row, at)
    return {
      user,
      session,
      accessToken: access.token,
      refreshToken: refresh.token,
      expiresIn: access.ttl,
      cookies: cookies.set(access, refresh, row.isPersistent, secret),
      // Looked for where it matters, since most renewals are for apps, which never see that cookie.
      get hasSecret() {
        return hasSecret()
      },
    }
  }

  async function start(
    user: User,
    device: Device,
    isPersistent = true,
    amr: Amr = 'pwd',
    deviceAppId: number | null = null,
  ): Promise<SignedIn> {
    const at = unixTime(now)
    const expiresAt = at + config.sessionMaxAge
    const { secret, hash } = secrets.create()
    const row: SessionRow = {
      id: randomToken(),
      userId: user.id,
      currentJti: randomToken(),
      previousJti: null,
      rotatedAt: at,
      createdAt: at,
      lastUsedAt: at,
      expiresAt,
      idleExpiresAt: Math.min(at + config.refreshTtl, expiresAt),
      accessTtl: config.accessTtl,
      isPersistent,
      secretHash: hash,
      authenticatedAt: at,
      amr,
      userAgent: device.userAgent,
      address: device.address,
      deviceAppId,
    }
    const signedIn = signIn(user, row, at, () => true, { token: secret, ttl: config.sessionMaxAge })
    const { users: people } = database
    const isUnchanged = and(
      eq(people.id, user.id),
      eq(people.isActive, true),
      eq(people.password, user.password),
      eq(people.version, user.version),
    )
    if (!(await insertIf(database, sessions, row, isUnchanged))) throw new UserChanged()
    try {
      await termination.endSurplus(user.id, row.id, device, at)
    } catch (error) {
      // The sign-in succeeded. The next one ends the excess sessions.
      log.warn({ err: error }, 'could not end the sessions above the limit')
    }
    return signedIn
  }

  const liveOf = (userId: number) =>
    and(eq(sessions.userId, userId), gt(sessions.idleExpiresAt, unixTime(now)))

  const list: Sessions['list'] = async (userId, { after = null, but, limit = MOST_SESSIONS } = {}) => {
    const { lastUsedAt, id } = sessions
    const place = after === null ? null : readPlace(after)
    const beyond =
      place === null
        ? undefined
        : or(lt(lastUsedAt, place.lastUsedAt), and(eq(lastUsedAt, place.lastUsedAt), lt(id, place.id)))
    const rows = await db
      .select()
      .from(sessions)
      .where(and(liveOf(userId), beyond, but === undefined ? undefined : ne(id, but)))
      .orderBy(desc(lastUsedAt), desc(id))
      .limit(limit)
    return rows.map(sessionOf)
  }

  async function verify(token: string): Promise<Result<RefreshClaims, 'rejected' | 'session_over'>> {
    const claims = await tokens.verifyRefresh(token)
    if (claims.ok) return claims
    if (claims.reason === 'keys_unavailable') {
      throw new LatchkeyError(
        'store_unavailable',
        "The signing keys can't be read. Check that the database is running.",
      )
    }
    const { reason } = claims
    if (reason === 'expired') log.debug({ reason }, 'refused a refresh token')
    else
      warn(
        { event: 'refresh_token_refused', cause: reason, setting: SETTINGS[reason] },
        'refused a refresh token',
      )
    return failure(claims.reason === 'expired' ? 'session_over' : 'rejected')
  }

  const renewFrom: Sessions['renewFrom'] = async (given, by = NO_DEVICE) => {
    const refreshTokens = cookies.refreshTokens(given)
    if (refreshTokens.length > MAX_SAME_NAME) return conflict()
    const results = await Promise.all(refreshTokens.map(verify))
    const verified = results.flatMap((result) => (result.ok ? [result.value] : []))
    if (new Set(verified.map((claims) => claims.sub)).size > 1) return conflict()

    for (const claims of verified.sort((a, b) => b.iat - a.iat)) {
      const signedIn = await trade(claims, given)
      if (signedIn) return { ok: true, value: signedIn }
    }
    await forgetEnded(refreshTokens.filter((_, i) => results[i]?.ok || results[i]?.reason === 'session_over'))
    await endReused(verified, by)
    const [first] = results
    if (!first) return failure('missing')
    return verified.length > 0 || first.ok ? failure('session_over') : first
  }

  /** The sessions of these authentic tokens that have expired: setting a clock back does not revive them. */
  async function forgetEnded(refreshTokens: readonly string[]): Promise<void> {
    if (refreshTokens.length === 0) return
    const ended = and(
      inArray(sessions.id, refreshTokens.map(sidOf)),
      lte(sessions.idleExpiresAt, unixTime(now)),
    )
    await db.delete(sessions).where(ended)
  }

  function conflict(): Result<never, 'conflicting'> {
    warn(
      { event: 'conflicting_cookies' },
      'refused refresh tokens of several users, or too many of them, in one request: a sibling host may have set a cookie of this name',
    )
    return failure('conflicting')
  }

  async function trade(claims: RefreshClaims, given: Cookies): Promise<SignedIn | null> {
    // Read first: a token must not contain a change that ended its session meanwhile, since apps would treat it as
    // newer than the change.
    const user = await users.findByUuid(claims.sub)
    const at = unixTime(now)
    const row = await rotate(claims, at)
    if (!row) return null
    if (user?.isActive) return signIn(user, row, at, () => secrets.isIn(given, row.secretHash))
    await termination.end(row.id)
    return null
  }

  return {
    start,
    renewFrom,
    ...termination,
    async find(given) {
      const refreshTokens = cookies.refreshTokens(given)
      const results = await Promise.all(refreshTokens.slice(0, MAX_SAME_NAME).map(tokens.verifyRefresh))
      const verified = results.flatMap((result) => (result.ok ? [result.value] : []))
      const [newest, ...others] = verified.sort((a, b) => b.iat - a.iat)
      if (!newest || refreshTokens.length > MAX_SAME_NAME || others.some(({ sub }) => sub !== newest.sub))
        return null
      const row = await recognise(newest, unixTime(now))
      const user = row && (await users.findById(row.userId))
      if (!row || !user?.isActive) return null
      return { user, session: sessionOf(row), hasSecret: secrets.isIn(given, row.secretHash) }
    },
    isDue(given) {
      const ages = cookies.refreshTokens(given).map((token) => unixTime(now) - issuedAtOf(token))
      return Math.min(...ages) > config.accessTtl / 2
    },
    async idsFrom(given) {
      const tokens = cookies.refreshTokens(given).slice(0, MAX_SAME_NAME)
      const results = await Promise.all(tokens.map(verify))
      return [...new Set(results.flatMap((result) => (result.ok ? [result.value.sid] : [])))].sort()
    },
    idOf: sidOf,
    async isLive(id) {
      const live = and(eq(sessions.id, id), gt(sessions.idleExpiresAt, unixTime(now)))
      return (await db.select({ id: sessions.id }).from(sessions).where(live)).length > 0
    },
    list,
    async page(userId, { size = SESSIONS_PAGE, ...which } = {}) {
      const rows = await list(userId, { ...which, limit: size + 1 })
      return pageOf(rows, locate, size)
    },
    async count(userId) {
      const [counted] = await db.select({ count: count() }).from(sessions).where(liveOf(userId))
      return counted?.count ?? 0
    },
    async noteProof(sid, amr) {
      await db
        .update(sessions)
        .set({ authenticatedAt: unixTime(now), amr })
        .where(eq(sessions.id, sid))
    },
    async deleteExpired() {
      const dead = lte(sessions.idleExpiresAt, unixTime(now))
      const deleted = await db.delete(sessions).where(dead).returning({ id: sessions.id })
      return deleted.length
    },
    clearCookies: (given) => [...cookies.clear(given), secrets.clear()],
    clearFamilyCookies: cookies.clear,
    clearLeftoverCookies: cookies.clearLeftovers,
    async areTangled(given) {
      const [access, refresh] = [cookies.accessTokens(given), cookies.refreshTokens(given)]
      if (access.length <= 1 && refresh.length <= 1) return false
      if (access.length > MAX_SAME_NAME || refresh.length > MAX_SAME_NAME) return true
      const people = await Promise.all([
        peopleIn(access, tokens.verifyAccess),
        peopleIn(refresh, tokens.verifyRefresh),
      ])
      return people.some(({ size }) => size > 1)
    },
    clearTangledCookies: (given) => [...cookies.clearAll(given), secrets.clear()],
  }
}

/** The uuids of the users of the authentic ones among these tokens. */
async function peopleIn(
  given: readonly string[],
  verify: (token: string) => Promise<Result<{ readonly sub: string }, unknown>>,
): Promise<ReadonlySet<string>> {
  const results = await Promise.all(given.map(verify))
  return new Set(results.flatMap((result) => (result.ok ? [result.value.sub] : [])))
}

const sidOf = (genuineToken: string): string =>
  JSON.parse(Buffer.from(genuineToken.split('.')[1] ?? '', 'base64url').toString()).sid

/** When a token says that it was issued, in seconds; 0 for what is no token. */
function issuedAtOf(token: string): number {
  try {
    const { iat } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return Number.isFinite(iat) ? iat : 0
  } catch {
    return 0
  }
}

/** The position of a page's end in the list. */
const locate = ({ lastUsedAt, id }: Session): string => `${lastUsedAt}.${id}`

function readPlace(text: string): Pick<Session, 'lastUsedAt' | 'id'> | null {
  const [, lastUsedAt, id = ''] = text.match(/^(\d{1,11})\.([\w-]{22})$/) ?? []
  return lastUsedAt === undefined ? null : { lastUsedAt: Number(lastUsedAt), id }
}

function sessionOf(row: SessionRow): Session {
  const { id, userId, userAgent, address, createdAt, lastUsedAt, expiresAt, authenticatedAt } = row
  const { deviceAppId } = row
  return { id, userId, userAgent, address, createdAt, lastUsedAt, expiresAt, authenticatedAt, deviceAppId }
}
