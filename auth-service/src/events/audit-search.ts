import { type AnyColumn, and, desc, eq, gte, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../platform/database/open.ts'
import { type AuditRecord, recordOf } from './audit-log.ts'

/** Which entries are meant; what is `null` does not matter. */
export interface AuditQuery {
  readonly event: string | null
  /** Uuid of the person whom it happened to. */
  readonly subject: string | null
  /** Uuid of who did it. */
  readonly actor: string | null
  /** IP address that it came from, as `readAddress` writes it. */
  readonly address: string | null
  /** First second, and the first one that is too late. */
  readonly from: number | null
  readonly until: number | null
  /** Where the page before ended: what its `next` was. */
  readonly after: string | null
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[]
  /** Where the next page begins; `null` where there is none. */
  readonly next: string | null
}

/** A page of the audit log, newest first. */
export type AuditSearch = (query: AuditQuery) => Promise<AuditPage>

/** How many entries a page shows. */
export const PAGE = 50

/**
 * The audit log, a page at a time, each by an index of its own: that of a person where one is given, else that of the
 * address, else that of the event, else that of the time.
 */
export function createAuditSearch({ db, auditLog }: Pick<Database, 'db' | 'auditLog'>): AuditSearch {
  const { event, subject, actor, address, at, id } = auditLog

  return async (query) => {
    const ofPerson = query.subject !== null || query.actor !== null
    const rows = await db
      .select()
      .from(auditLog)
      .where(
        and(
          query.subject === null ? undefined : eq(subject, query.subject),
          query.actor === null ? undefined : is(actor, query.actor, query.subject === null),
          query.address === null ? undefined : is(address, query.address, !ofPerson),
          query.event === null ? undefined : is(event, query.event, !ofPerson && query.address === null),
          query.from === null ? undefined : gte(at, query.from),
          query.until === null ? undefined : lt(at, query.until),
          beyond(query.after),
        ),
      )
      .orderBy(desc(at), desc(id))
      .limit(PAGE + 1)
    const entries = rows.slice(0, PAGE).map(recordOf)
    const last = rows.length > PAGE ? entries.at(-1) : undefined
    return { entries, next: last ? `${last.at}.${last.id}` : null }
  }

  function beyond(after: string | null): SQL | undefined {
    if (after === null) return undefined
    const [, second, number] = /^(\d{1,12})\.(\d{1,15})$/.exec(after) ?? []
    if (second === undefined) return sql`1 = 0`
    return and(lte(at, Number(second)), or(lt(at, Number(second)), lt(id, Number(number))))
  }
}

/** Without its index where another one mostly leads faster: a person or an address has few entries, an event millions. */
const is = (column: AnyColumn, value: string, byIndex: boolean): SQL =>
  byIndex ? sql`${column} = ${value}` : sql`${column} || '' = ${value}`
