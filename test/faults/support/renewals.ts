import { expect } from 'vitest'
import { payloadOf } from '../../auth-service/support/services.ts'
import type { Answer } from '../../support/http.ts'
import { type AuthService, pairOf } from './auth-service.ts'
import { readRows } from './rows.ts'

/** The identity of a refresh token: signatures differ from copy to copy. */
export const jtiOf = (refreshToken: string): string => String(payloadOf(refreshToken).jti)
/** The session that a token belongs to. */
export const sidOf = (token: string): string => String(payloadOf(token).sid)

/** The different refresh tokens in these responses, by `jti`. */
export const successorsIn = (answers: readonly Pick<Answer, 'headers'>[]): string[] => [
  ...new Set(answers.flatMap((answer) => pairOf(answer)?.refresh ?? []).map(jtiOf)),
]

export interface StoredSession {
  readonly id: string
  readonly current_jti: string
  readonly previous_jti: string | null
}

/** All stored sessions, whether or not the service runs. */
export async function storedSessions({ databaseUrl }: Pick<AuthService, 'databaseUrl'>) {
  const rows = await readRows<StoredSession>(
    databaseUrl,
    'SELECT id, current_jti, previous_jti FROM sessions',
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** How often token reuse was reported: in the log, and to users and operators. */
export async function alarms(auth: AuthService): Promise<{ logged: number; audited: number }> {
  const query = "SELECT sid FROM audit_log WHERE event = 'refresh_token_reused'"
  const audited = await readRows(auth.databaseUrl, query)
  return { logged: auth.output().split('"refresh_token_reused"').length - 1, audited: audited.length }
}

export async function expectNoAlarm(auth: AuthService): Promise<void> {
  expect(await alarms(auth)).toEqual({ logged: 0, audited: 0 })
}
