import type { RefreshClaims } from '@latchkey/jwt-middleware/contract'
import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Config } from '../../platform/config/config.ts'
import { randomToken } from '../../platform/crypto/random-id.ts'
import type { Database } from '../../platform/database/open.ts'

/** A stored session; the table describes the columns. */
export type SessionRow = Database['sessions']['$inferSelect']

/**
 * The session after the rotation of a refresh token at this second: the same for every use of that token within the
 * grace period. `null` if the session has ended, or the token was renewed long ago.
 */
export type Rotate = (claims: Pick<RefreshClaims, 'sid' | 'jti'>, at: number) => Promise<SessionRow | null>

/**
 * Seconds after a renewal for which the renewed token returns the same successor again: for a hundred tabs, a lost
 * response, a retry after a crash. Later it counts as reused, and its session ends. Two rotations of a session are
 * further apart, so that a slow third request never has a token from before both.
 */
export const ROTATION_GRACE = 30

export interface RotationOptions {
  readonly config: Pick<Config, 'accessTtl' | 'refreshTtl'>
  readonly database: Database
}

/** Rotation in the database: of simultaneous renewals with one token on several servers, one rotates. */
export function createRotation({ config, database }: RotationOptions): Rotate {
  const rotation = prepareRotation(database)
  const recognise = createRecognition({ database })

  return async ({ sid, jti }, at) => {
    const successor = randomToken()
    const settled = at - ROTATION_GRACE
    const idleExpiresAt = at + config.refreshTtl
    const { accessTtl } = config
    const [rotated] = await rotation.execute({ sid, jti, successor, at, settled, idleExpiresAt, accessTtl })
    return rotated ?? recognise({ sid, jti }, at)
  }
}

/** The same without a rotation: the session as it is. */
export function createRecognition({ database }: Omit<RotationOptions, 'config'>): Rotate {
  const recognition = prepareRecognition(database)

  return async ({ sid, jti }, at) => {
    const [row] = await recognition.execute({ sid, at })
    if (!row || row.currentJti === jti) return row ?? null
    // A rotation in the future was also long ago: the clock was set back.
    const isRecent = Math.abs(at - row.rotatedAt) <= ROTATION_GRACE
    return row.previousJti === jti && isRecent ? row : null
  }
}

// Compiled once, since drizzle takes longer to build a statement than SQLite to run it.

const value = sql.placeholder

/** One statement, which finds the token current only once. */
function prepareRotation({ db, sessions }: Database) {
  const { expiresAt } = sessions
  const idle = value('idleExpiresAt')
  const ttl = value('accessTtl')
  return db
    .update(sessions)
    .set({
      previousJti: sql`${sessions.currentJti}`,
      currentJti: sql`${value('successor')}`,
      rotatedAt: sql`${value('at')}`,
      lastUsedAt: sql`${value('at')}`,
      accessTtl: sql`CASE WHEN ${sessions.accessTtl} > ${ttl} THEN ${sessions.accessTtl} ELSE ${ttl} END`,
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

const prepareRecognition = ({ db, sessions }: Database) =>
  db
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, value('sid')), gt(sessions.idleExpiresAt, value('at'))))
    .prepare('latchkey_session')
