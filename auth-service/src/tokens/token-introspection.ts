import { type AccessClaims, LatchkeyError, type RefreshClaims } from '@latchkey/jwt-middleware/contract'
import { and, eq, gt } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import type { Users } from '../users/users.ts'
import type { Tokens } from './session-tokens.ts'
import { type AccessClaimsConfig, accessClaims } from './session-tokens.ts'
import { ROTATION_GRACE } from './sessions/refresh-rotation.ts'

/**
 * The claims of an authentic access token if they are true at this moment: its session is alive, its user is active,
 * and nothing in the claims has changed. Otherwise `null`. Throws on an outage.
 */
export type Introspect = (token: string) => Promise<AccessClaims | null>

export interface IntrospectionOptions {
  readonly database: Database
  readonly tokens: Tokens
  readonly now: () => number
}

export function createIntrospection({ database, tokens, now }: IntrospectionOptions): Introspect {
  const { db, sessions, users } = database

  return async (token) => {
    const verified = await tokens.verifyAccess(token)
    if (!verified.ok && verified.reason === 'keys_unavailable') throw keysUnavailable()
    if (!verified.ok) return null
    const { sid, sub, iat, user_version: version } = verified.value
    const [person] = await db
      .select({ isActive: users.isActive, changedAt: users.changedAt, version: users.version })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, sid), eq(users.uuid, sub), gt(sessions.idleExpiresAt, unixTime(now))))
    if (!person?.isActive) return null
    // Neither older nor newer: after a restored backup, tokens may be newer than the database.
    const isAsTold = version === undefined ? iat > person.changedAt : version === person.version
    return isAsTold ? verified.value : null
  }
}

const keysUnavailable = () =>
  new LatchkeyError(
    'store_unavailable',
    "The signing keys can't be read. Check that the database is running.",
  )

/** A refresh token with a live session, and the claims of its access token at this moment. */
export interface LiveSession extends Omit<RefreshClaims, 'token_type'> {
  readonly access_claims: AccessClaims
}

/**
 * Checks the session of a refresh token without renewing it, for apps that can't set cookies. `null` if renewing would
 * be rejected as well. Throws on an outage.
 */
export type IntrospectRefresh = (token: string) => Promise<LiveSession | null>

export interface RefreshIntrospectionOptions extends IntrospectionOptions {
  readonly config: AccessClaimsConfig
  readonly users: Pick<Users, 'findById'>
}

export function createRefreshIntrospection(options: RefreshIntrospectionOptions): IntrospectRefresh {
  const { config, database, tokens, users, now } = options
  const { db, sessions } = database

  return async (token) => {
    const verified = await tokens.verifyRefresh(token)
    if (!verified.ok && verified.reason === 'keys_unavailable') throw keysUnavailable()
    if (!verified.ok) return null
    const { iss, aud, sub, sid, jti, iat, exp } = verified.value
    const at = unixTime(now)
    const [row] = await db
      .select()
      .from(sessions)
      .where(and(eq(sessions.id, sid), gt(sessions.idleExpiresAt, at)))
    const isRecent = row?.previousJti === jti && Math.abs(at - row.rotatedAt) <= ROTATION_GRACE
    if (!row || (row.currentJti !== jti && !isRecent)) return null
    const user = await users.findById(row.userId)
    if (!user?.isActive || user.uuid !== sub) return null
    return {
      iss,
      aud,
      sub,
      sid,
      jti,
      iat,
      exp,
      access_claims: accessClaims(config, user, row, { iat: at }),
    }
  }
}
