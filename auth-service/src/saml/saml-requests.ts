import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, gt, isNull, lte } from 'drizzle-orm'
import type { NameIdFormat } from '../apps/service-provider-input.ts'
import { unixTime } from '../platform/clock.ts'
import { isRandomToken, randomToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'

/** A request for a sign-in that waits for its user. */
export interface PendingSignIn {
  /** Where the answer goes. */
  readonly consumerUrl: string
  readonly relayState: string | null
  /** Whether the user must prove who they are again. */
  readonly forceAuthn: boolean
  /** Whether nothing may be shown. */
  readonly isPassive: boolean
  readonly format: NameIdFormat
  /** The name of the user that it is about; `null` for any. */
  readonly subject: string | null
  readonly contextClass: string
}

/** A request that waits. Times in seconds. */
export interface StoredRequest {
  readonly id: string
  readonly appId: number
  /** `ID` of the message. */
  readonly requestId: string
  readonly content: PendingSignIn
  readonly receivedAt: number
  /** Id of the session whose user has proved who they are for this very request; `null` until then. */
  readonly provedBy: string | null
}

/** The requests of service providers. Every method throws on an outage. */
export interface SamlRequests {
  /**
   * Stores a request; returns the id under which it waits. The same request again, as after a reload, is the same one
   * until it is answered; afterwards it is a replay, as is another one with its `ID`.
   */
  store(appId: number, requestId: string, content: PendingSignIn): Promise<Result<string, 'replayed'>>
  /** Records a request that is answered at once; `false` if it was seen before. */
  noteOnce(appId: number, requestId: string): Promise<boolean>
  /** The one with this id, if it still waits. */
  find(id: string): Promise<StoredRequest | null>
  /** Records that the user of this session proved who they are for a request, if it still waits. */
  prove(id: string, sid: string): Promise<void>
  /** Ends the wait; `false` if it had ended. */
  answer(id: string): Promise<boolean>
  deleteExpired(): Promise<void>
}

/** How long a request waits, in seconds. It is longer than a message counts, so that a replay is always known. */
export const REQUEST_LIFETIME = 3600

export interface SamlRequestsOptions {
  readonly database: Database
  readonly now: () => number
}

export function createSamlRequests({ database, now }: SamlRequestsOptions): SamlRequests {
  const { db, samlRequests } = database
  const { id, appId, requestId, answeredAt, expiresAt } = samlRequests

  async function insert(app: number, request: string, content: string, isAnswered: boolean) {
    const at = unixTime(now)
    const row = {
      id: randomToken(),
      appId: app,
      requestId: request,
      content,
      receivedAt: at,
      answeredAt: isAnswered ? at : null,
      expiresAt: at + REQUEST_LIFETIME,
    }
    const stored = await db
      .insert(samlRequests)
      .values(row)
      .onConflictDoNothing({ target: [appId, requestId] })
      .returning({ id })
    return stored.length === 1 ? row.id : null
  }

  const waiting = () => and(isNull(answeredAt), gt(expiresAt, unixTime(now)))

  return {
    async store(app, request, pending) {
      const content = JSON.stringify(pending)
      const stored = await insert(app, request, content, false)
      if (stored !== null) return success(stored)
      const [row] = await db
        .select()
        .from(samlRequests)
        .where(and(eq(appId, app), eq(requestId, request), waiting()))
      return row?.content === content ? success(row.id) : failure('replayed')
    },
    noteOnce: async (app, request) => (await insert(app, request, '{}', true)) !== null,
    async find(which) {
      if (!isRandomToken(which)) return null
      const [row] = await db
        .select()
        .from(samlRequests)
        .where(and(eq(id, which), waiting()))
      return row ? { ...row, content: JSON.parse(row.content) } : null
    },
    async prove(which, sid) {
      await db
        .update(samlRequests)
        .set({ provedBy: sid })
        .where(and(eq(id, which), waiting()))
    },
    async answer(which) {
      const answered = await db
        .update(samlRequests)
        .set({ answeredAt: unixTime(now) })
        .where(and(eq(id, which), waiting()))
        .returning({ id })
      return answered.length === 1
    },
    async deleteExpired() {
      await db.delete(samlRequests).where(lte(expiresAt, unixTime(now)))
    },
  }
}
