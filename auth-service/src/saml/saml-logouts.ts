import { and, eq, gt, lte } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import { isRandomToken, randomToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'
import type { LogoutSubject } from './logout-writer.ts'

/** A service provider that is to hear of a sign-out. */
export interface ToTell extends LogoutSubject {
  readonly appId: number
}

/** Where a sign-out stands that goes from one service provider to the next. */
export interface LogoutState {
  /** The apps that still have to be told. */
  readonly left: readonly ToTell[]
  /** The app that was told, and has not answered. */
  readonly awaited: number | null
  /** Whether one of them did not sign the user out. */
  readonly isPartial: boolean
  /** The service provider that began it, to be answered at the end; `null` if it began here. */
  readonly replyTo: {
    readonly appId: number
    readonly requestId: string
    readonly relayState: string | null
  } | null
  /** Where the browser goes at the end, without such a one: a path or an address that was checked. */
  readonly next: string
}

export interface StoredLogout {
  readonly id: string
  readonly state: LogoutState
}

/** Sign-outs on their way through the browser. Every method throws on an outage. */
export interface SamlLogouts {
  begin(state: LogoutState): Promise<string>
  find(id: string): Promise<StoredLogout | null>
  /** The one whose logout request with this `ID` waits for an answer. */
  awaiting(requestId: string): Promise<StoredLogout | null>
  save(id: string, state: LogoutState, requestId: string | null): Promise<void>
  remove(id: string): Promise<void>
  deleteExpired(): Promise<void>
}

/** How long one may take, in seconds: a service provider may ask its user something. */
const LIFETIME = 900

export interface SamlLogoutsOptions {
  readonly database: Database
  readonly now: () => number
}

export function createSamlLogouts({ database, now }: SamlLogoutsOptions): SamlLogouts {
  const { db, samlLogouts } = database
  const { id, requestId, expiresAt } = samlLogouts

  const read = async (which: ReturnType<typeof eq>): Promise<StoredLogout | null> => {
    const [row] = await db
      .select()
      .from(samlLogouts)
      .where(and(which, gt(expiresAt, unixTime(now))))
    return row ? { id: row.id, state: JSON.parse(row.content) } : null
  }

  return {
    async begin(state) {
      const row = {
        id: randomToken(),
        content: JSON.stringify(state),
        requestId: null,
        expiresAt: unixTime(now) + LIFETIME,
      }
      await db.insert(samlLogouts).values(row)
      return row.id
    },
    find: async (which) => (isRandomToken(which) ? read(eq(id, which)) : null),
    awaiting: (request) => read(eq(requestId, request)),
    async save(which, state, request) {
      await db
        .update(samlLogouts)
        .set({ content: JSON.stringify(state), requestId: request })
        .where(eq(id, which))
    },
    async remove(which) {
      await db.delete(samlLogouts).where(eq(id, which))
    },
    async deleteExpired() {
      await db.delete(samlLogouts).where(lte(expiresAt, unixTime(now)))
    },
  }
}
