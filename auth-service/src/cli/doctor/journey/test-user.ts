import { asc, eq } from 'drizzle-orm'
import { unixTime } from '../../../platform/clock.ts'
import { randomToken } from '../../../platform/crypto/random-id.ts'
import { createLog } from '../../../platform/logging/logger.ts'
import { createService, type Service } from '../../../service.ts'
import type { Target } from '../finding.ts'

export interface TestUser {
  readonly email: string
  readonly password: string
  /** The refresh tokens of the user's sessions, by their ids: another text after each renewal. */
  refreshTokens(): Promise<string>
}

/** Creates a user for the duration of the task. Throws what the task throws, and on an outage. */
export async function withTestUser<Value>(
  { config, now }: Target,
  task: (person: TestUser) => Promise<Value>,
): Promise<Value> {
  const service = await createService(config, { log: createLog('silent') })
  try {
    // Undeliverable (RFC 2606, section 2).
    const email = `doctor-${randomToken()
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '0')}@latchkey.invalid`
    const password = randomToken()
    const created = await service.users.create({
      email,
      password: await service.passwords.hash(password),
      firstName: 'Doctor',
      emailVerifiedAt: unixTime(now),
    })
    if (!created.ok) throw new Error(`${email} already exists.`)
    try {
      return await task({ email, password, refreshTokens: () => refreshTokensOf(service, created.value.id) })
    } finally {
      await service.users.remove(created.value.uuid)
    }
  } finally {
    await service.close()
  }
}

async function refreshTokensOf(
  { database: { db, sessions } }: Pick<Service, 'database'>,
  userId: number,
): Promise<string> {
  const rows = await db
    .select({ id: sessions.id, jti: sessions.currentJti })
    .from(sessions)
    .where(eq(sessions.userId, userId))
    .orderBy(asc(sessions.id))
  return rows.map(({ id, jti }) => `${id} ${jti}`).join()
}
