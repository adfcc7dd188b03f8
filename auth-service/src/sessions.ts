import {
  failure,
  LatchkeyError,
  MAX_SAME_NAME,
  type RefreshClaims,
  type Result,
  success,
} from '@latchkey/jwt-middleware'
import { and, desc, eq, gt, inArray, isNull, lt, lte, ne, or, sql } from 'drizzle-orm'
import type { Config } from './config.ts'
import type { Database } from './database/index.ts'
import type { Log } from './log.ts'
import { isRandomToken, randomToken } from './random.ts'
import type { Revocations } from './revocations.ts'
import type { SessionCookies } from './session-cookies.ts'
import type { TokenSession, Tokens } from './tokens.ts'
import type { User, Users } from './users.ts'

/** What a sign-in comes from, for people to recognise it by. */
export interface Device {
  readonly userAgent: string
  readonly address: string
}

/** One sign-in on one device. Times in seconds. */
export interface Session extends Device {
  /** The claim `sid`. */
  readonly id: string
  readonly userId: number
  readonly createdAt: number
  readonly lastUsedAt: number
  /** The end, however busy the session is. */
  readonly expiresAt: number
}

/** Everything a response needs to sign somebody in. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds that the access token will live. */
  readonly expiresIn: number
  /** Ready `Set-Cookie` values. */
  readonly cookies: string[]
}

/**
 * Why refresh tokens were not renewed: there was none, it is none of ours, its session has ended, or they are of two
 * different people (or more of them than anybody believes).
 */
export type RenewalReason = 'missing' | 'rejected' | 'session_over' | 'conflicting'

export interface Sessions {
  /**
   * Stores a new session and mints its tokens; its cookies outlive the browser only where it is persistent. Throws
   * `cookie_too_large`, and when the row can't be stored.
   */
  start(user: User, device: Device, isPersistent?: boolean): Promise<SignedIn>
  /**
   * Trades the refresh tokens of one request, judged together, for the next pair of the newest that is good. Ends
   * the sessions of old ones only where none is good. Throws on an outage, which ends no session.
   */
  renew(...refreshTokens: string[]): Promise<Result<SignedIn, RenewalReason>>
  /** Renews by the refresh tokens of a raw `Cookie` header. */
  renewFrom(header: string | undefined): Promise<Result<SignedIn, RenewalReason>>
  end(sid: string): Promise<void>
  /** Ends the sessions of all tokens in a raw `Cookie` header, access tokens included. */
  endFrom(header: string | undefined): Promise<void>
  /** Ends a session of this person; `false` where it is not theirs. */
  endFor(userId: number, sid: string): Promise<boolean>
  /** Ends all sessions of this person but one; how many. */
  endOthers(userId: number, keepSid: string): Promise<number>
  /** Ends all sessions of this person; how many. */
  endAll(userId: number): Promise<number>
  /** The live sessions of a person, latest use first. */
  list(userId: number): Promise<Session[]>
  /** Deletes what has expired; how many. */
  sweep(): Promise<number>
  /** The `Set-Cookie` values that sign a browser out. */
  clearCookies(): string[]
  /** Whether a raw `Cookie` header holds several tokens of one kind, which a browser has from us alone never. */
  areTangled(header: string | undefined): boolean
  /** The `Set-Cookie` values that take away whatever a host of the family may have set under our names. */
  clearTangledCookies(): string[]
}

export interface SessionsOptions {
  readonly config: Pick<Config, 'refreshTtl' | 'sessionMaxAge'>
  readonly database: Database
  readonly users: Users
  readonly tokens: Tokens
  readonly cookies: SessionCookies
  readonly revocations: Pick<Revocations, 'endSessions' | 'endWhere'>
  readonly log: Log
  readonly now: () => number
}

/**
 * For so many seconds after a renewal the token that was renewed gives the same successor again: a hundred tabs, a lost
 * answer, a retry after a crash. Later it is taken for stolen, and its session ends. Two rotations of a session lie
 * further apart than this, so that a slow third request never comes with a token from before both.
 */
export const ROTATION_GRACE = 30

type Row = Session & TokenSession & { readonly previousJti: string | null; readonly isPersistent: boolean }

/** The sessions, in the database. */
export function createSessions(options: SessionsOptions): Sessions {
  const { config, database, users, tokens, cookies, revocations, log, now } = options
  const { db, sessions } = database
  const seconds = () => Math.floor(now() / 1000)
  const rotation = prepareRotation(database)

  /** All that the browser gets. Minted from a row that is stored, or before it is stored: never from one that isn't. */
  function signIn(user: User, row: Row): SignedIn {
    const access = tokens.access(user, row)
    const refresh = tokens.refresh(user, row)
    return {
      user,
      session: sessionOf(row),
      accessToken: access.token,
      refreshToken: refresh.token,
      expiresIn: access.ttl,
      cookies: cookies.set(access, refresh, row.isPersistent),
    }
  }

  async function start(user: User, device: Device, isPersistent = true): Promise<SignedIn> {
    const at = seconds()
    const expiresAt = at + config.sessionMaxAge
    const row: Row = {
      id: randomToken(),
      userId: user.id,
      currentJti: randomToken(),
      previousJti: null,
      rotatedAt: at,
      createdAt: at,
      lastUsedAt: at,
      expiresAt,
      idleExpiresAt: Math.min(at + config.refreshTtl, expiresAt),
      isPersistent,
      userAgent: storable(device.userAgent),
      address: storable(device.address),
    }
    const signedIn = signIn(user, row)
    await db.insert(sessions).values(row)
    return signedIn
  }

  async function verify(token: string): Promise<Result<RefreshClaims, 'rejected' | 'session_over'>> {
    const claims = await tokens.verifyRefresh(token)
    if (claims.ok) return claims
    if (claims.reason === 'keys_unavailable') {
      throw new LatchkeyError('store_unavailable', 'The signing keys can not be read. Is the database up?')
    }
    log.debug({ reason: claims.reason }, 'refresh token refused')
    return failure(claims.reason === 'expired' ? 'session_over' : 'rejected')
  }

  async function renew(...refreshTokens: string[]): Promise<Result<SignedIn, RenewalReason>> {
    if (refreshTokens.length > MAX_SAME_NAME) return conflict()
    const results = await Promise.all(refreshTokens.map(verify))
    const verified = results.flatMap((result) => (result.ok ? [result.value] : []))
    if (new Set(verified.map((claims) => claims.sub)).size > 1) return conflict()

    for (const claims of verified.sort((a, b) => b.iat - a.iat)) {
      const signedIn = await trade(claims)
      if (signedIn) return success(signedIn)
    }
    await endStolen(verified.map(({ sid }) => sid))
    const [first] = results
    if (!first) return failure('missing')
    return verified.length > 0 || first.ok ? failure('session_over') : first
  }

  function conflict(): Result<never, 'conflicting'> {
    log.warn(
      { event: 'conflicting_cookies' },
      'refresh tokens of two people, or too many, in one request; none is believed',
    )
    return failure('conflicting')
  }

  async function trade(claims: RefreshClaims): Promise<SignedIn | null> {
    const row = (await rotate(claims)) ?? (await recognise(claims))
    if (!row) return null
    const user = await users.findById(row.userId)
    if (user?.isActive) return signIn(user, row)
    await end(row.id)
    return null
  }

  /** One statement: of any number of renewals by one token, one finds it to be current. */
  async function rotate({ sid, jti }: RefreshClaims): Promise<Row | null> {
    const at = seconds()
    const settled = at - ROTATION_GRACE
    const values = { sid, jti, successor: randomToken(), at, settled, idleExpiresAt: at + config.refreshTtl }
    const [row] = await rotation.execute(values)
    return row ?? null
  }

  /** The session whose token this is or, within the grace, was until just now. */
  async function recognise({ sid, jti }: RefreshClaims): Promise<Row | null> {
    const [row] = await db.select().from(sessions).where(eq(sessions.id, sid))
    if (!row || row.idleExpiresAt <= seconds()) return null
    if (row.currentJti === jti) return row
    return row.previousJti === jti && seconds() - row.rotatedAt <= ROTATION_GRACE ? row : null
  }

  /** Ends what is live of these sessions: tokens of them came back that were renewed long ago. */
  async function endStolen(sids: string[]): Promise<void> {
    if (sids.length === 0) return
    const live = and(inArray(sessions.id, sids), gt(sessions.idleExpiresAt, seconds()))
    const stolen = await db.select({ sid: sessions.id, userId: sessions.userId }).from(sessions).where(live)
    for (const { sid, userId } of stolen) {
      if ((await revocations.endWhere(eq(sessions.id, sid))) === 0) continue
      log.warn(
        { event: 'refresh_token_reused', sid, userId },
        'a refresh token came back long after it was renewed; its session is ended',
      )
    }
  }

  async function end(sid: string): Promise<void> {
    await revocations.endSessions([sid])
  }

  return {
    start,
    renew,
    renewFrom: (header) => renew(...cookies.refreshTokens(header)),
    end,
    // All of them: however many a sibling host put before ours, signing out works. Headers end at 16 KiB.
    async endFrom(header) {
      const presented = await Promise.all([
        ...cookies.refreshTokens(header).map(tokens.verifyRefresh),
        ...cookies.accessTokens(header).map(tokens.verifyAccess),
      ])
      const sids = presented.flatMap((claims) => (claims.ok ? [claims.value.sid] : []))
      await revocations.endSessions(sids)
    },
    async endFor(userId, sid) {
      if (!isRandomToken(sid)) return false
      return (await revocations.endWhere(and(eq(sessions.id, sid), eq(sessions.userId, userId)))) > 0
    },
    endOthers: (userId, keepSid) =>
      revocations.endWhere(and(eq(sessions.userId, userId), ne(sessions.id, keepSid))),
    endAll: (userId) => revocations.endWhere(eq(sessions.userId, userId)),
    async list(userId) {
      const live = and(eq(sessions.userId, userId), gt(sessions.idleExpiresAt, seconds()))
      const order = [desc(sessions.lastUsedAt), desc(sessions.createdAt), sessions.id]
      const rows = await db
        .select()
        .from(sessions)
        .where(live)
        .orderBy(...order)
      return rows.map(sessionOf)
    },
    async sweep() {
      const dead = lte(sessions.idleExpiresAt, seconds())
      const swept = await db.delete(sessions).where(dead).returning({ id: sessions.id })
      return swept.length
    },
    clearCookies: () => cookies.clear(),
    areTangled: (header) =>
      cookies.accessTokens(header).length > 1 || cookies.refreshTokens(header).length > 1,
    clearTangledCookies: () => cookies.clearAll(),
  }
}

/** Compiled once: drizzle takes longer to build a statement than SQLite to run it. */
function prepareRotation({ db, sessions }: Database) {
  const value = sql.placeholder
  const { expiresAt } = sessions
  const idle = value('idleExpiresAt')
  return db
    .update(sessions)
    .set({
      previousJti: sql`${sessions.currentJti}`,
      currentJti: sql`${value('successor')}`,
      rotatedAt: sql`${value('at')}`,
      lastUsedAt: sql`${value('at')}`,
      idleExpiresAt: sql`CASE WHEN ${expiresAt} < ${idle} THEN ${expiresAt} ELSE ${idle} END`,
    })
    .where(
      and(
        eq(sessions.id, value('sid')),
        eq(sessions.currentJti, value('jti')),
        gt(sessions.idleExpiresAt, value('at')),
        or(isNull(sessions.previousJti), lt(sessions.rotatedAt, value('settled'))),
      ),
    )
    .returning()
    .prepare('latchkey_rotate')
}

function sessionOf(row: Row): Session {
  const { id, userId, userAgent, address, createdAt, lastUsedAt, expiresAt } = row
  return { id, userId, userAgent, address, createdAt, lastUsedAt, expiresAt }
}

/** What any client may claim, cut to what every database stores: no NUL, no half of a character, 512 at most. */
const storable = (text: string): string => text.slice(0, 512).replaceAll('\0', '\uFFFD').toWellFormed()
