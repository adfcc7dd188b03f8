import { type AnyColumn, and, desc, eq, gte, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../platform/database/open.ts'
import { AUDIT_LOG_PAGE, pageOf } from '../platform/database/pagination.ts'
import { type AuditRecord, recordOf } from './audit-log.ts'

/** Filters for entries; `null` means no filter. */
export interface AuditQuery {
  readonly event: string | null
  /** Uuid of the affected user. */
  readonly subject: string | null
  /** Uuid of the actor. */
  readonly actor: string | null
  /** IP address of the actor, normalised by `readAddress`. */
  readonly address: string | null
  /** The first second, and the first one after the range. */
  readonly from: number | null
  readonly until: number | null
  /** The `next` value of the previous page. */
  readonly after: string | null
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[]
  /** The start of the next page; `null` if there is none. */
  readonly next: string | null
}

/** A page of the audit log, newest first. */
export type AuditSearch = (query: AuditQuery) => Promise<AuditPage>

/**
 * Searches the audit log in pages, using one index: that of the user if given, else of the address, else of the event,
 * else of the time.
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
      .limit(AUDIT_LOG_PAGE + 1)
    const found = pageOf(rows, ({ at, id }) => `${at}.${id}`, AUDIT_LOG_PAGE)
    return { entries: found.rows.map(recordOf), next: found.next }
  }

  function beyond(after: string | null): SQL | undefined {
    if (after === null) return undefined
    const [, second, number] = /^(\d{1,12})\.(\d{1,15})$/.exec(after) ?? []
    if (second === undefined) return sql`1 = 0`
    return and(lte(at, Number(second)), or(lt(at, Number(second)), lt(id, Number(number))))
  }
}

/**
 * Unless `byIndex`, hides the column's index, since another one is faster: a user or an address has few entries, an
 * event millions.
 */
const is = (column: AnyColumn, value: string, byIndex: boolean): SQL =>
  byIndex ? sql`${column} = ${value}` : sql`${column} || '' = ${value}`
