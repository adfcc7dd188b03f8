import { type AccessClaims, LatchkeyError } from '@latchkey/jwt-middleware'
import { and, eq, gt } from 'drizzle-orm'
import type { Database } from './database/index.ts'
import type { Tokens } from './tokens.ts'

/**
 * What a sound access token claims, if it is true at this very moment: its session lives, its person is active, and
 * nothing that it tells of them has changed since. Otherwise `null`. Throws on an outage.
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
    if (!verified.ok && verified.reason === 'keys_unavailable') {
      throw new LatchkeyError('store_unavailable', 'The signing keys can not be read. Is the database up?')
    }
    if (!verified.ok) return null
    const { sid, sub, iat } = verified.value
    const [person] = await db
      .select({ isActive: users.isActive, changedAt: users.changedAt })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(
        and(eq(sessions.id, sid), eq(users.uuid, sub), gt(sessions.idleExpiresAt, Math.floor(now() / 1000))),
      )
    return person?.isActive && iat > person.changedAt ? verified.value : null
  }
}
