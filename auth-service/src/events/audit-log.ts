import { and, desc, eq, gt, is, lte, SQL, sql } from 'drizzle-orm'
import { type Device, storableDevice } from '../platform/client/device.ts'
import type { Database } from '../platform/database/open.ts'

/** What can happen. The names are stable, for whoever reads the table. */
export type AuditEvent =
  | 'registered'
  | 'signed_in'
  | 'sign_in_failed'
  | 'signed_out'
  | 'session_replaced'
  | 'session_ended'
  | 'surplus_session_ended'
  | 'other_sessions_ended'
  | 'all_sessions_ended'
  | 'refresh_token_reused'
  | 'switched_off'
  | 'switched_on'
  | 'rights_changed'
  | 'deletion_requested'
  | 'deletion_cancelled'
  | 'email_confirmed'
  | 'confirmation_mailed'
  | 'email_change_requested'
  | 'email_changed'
  | 'names_changed'
  | 'password_changed'
  | 'password_refused'
  | 'password_dropped'
  | 'password_reset_requested'
  | 'password_link_made'
  | 'password_reset'
  | 'sign_in_mail_requested'
  | 'deleted'
  | 'group_created'
  | 'group_renamed'
  | 'group_deleted'
  | 'group_joined'
  | 'group_left'
  | 'app_created'
  | 'app_changed'
  | 'app_deleted'
  | 'invited'
  | 'invitation_resent'
  | 'invitation_revoked'
  | 'invitation_accepted'
  | 'imported'
  | 'keys_rotated'
  | 'key_removed'

/** Who does something, and on what. */
export interface Actor {
  /** Their uuid; `null` for who runs the service. */
  readonly uuid: string | null
  readonly device: Device
}

export const NO_DEVICE: Device = { userAgent: '', address: '' }
/** Who runs the service, by command. */
export const OPERATOR: Actor = { uuid: null, device: NO_DEVICE }

interface Entry<Text> {
  readonly event: AuditEvent
  /** Uuid of the person it happens to, where there is one. */
  readonly subject: Text | null
  /** Uuid of the person who does it, where that is known. */
  readonly actor: Text | null
  readonly sid: Text | null
  readonly device: Device
}

/** One thing that happens. `details` is told to the person and the operator: never a secret. */
export interface AuditEntry extends Entry<string> {
  readonly details?: Readonly<Record<string, unknown>>
}

/** What an entry keeps of a session that ends. */
export const factsOf = (session: Device & { readonly createdAt: number }) => ({
  user_agent: session.userAgent,
  address: session.address,
  created_at: session.createdAt,
})

/** One thing that happened, at that second. */
export interface AuditRecord extends Required<AuditEntry> {
  readonly id: number
  readonly at: number
}

/** As an entry; what rows tell is written in SQL, JSON included. */
export interface AuditStep extends Entry<string | SQL> {
  readonly details?: SQL | AuditEntry['details']
}

/** What happened to whom, kept for a year. */
export interface Audit {
  /** Writes it down. Throws on an outage. */
  record(entry: AuditEntry): Promise<void>
  /** The same as a step of a transaction, once for each row that `from` (`FROM … WHERE …`) finds. */
  step(entry: AuditStep, from: SQL): SQL
  /** What happened to a person lately, and every theft of the last 30 days; newest first, `limit` of each at most. */
  historyOf(uuid: string, limit: number): Promise<AuditRecord[]>
  /** Deletes what is old enough to be forgotten; how many. */
  sweep(): Promise<number>
}

/** Seconds for which it is kept: long enough for a break-in that is noticed late, and rows hold people's addresses. */
export const RETENTION = 365 * 86_400
/** Seconds for which people are told of a theft, whatever happened since. */
export const THEFT_NEWS = 30 * 86_400

export interface AuditOptions {
  readonly database: Database
  readonly now: () => number
}

/** The audit log, in the database. */
export function createAudit({ database, now }: AuditOptions): Audit {
  const { db, auditLog } = database
  const seconds = () => Math.floor(now() / 1000)

  return {
    async record({ device, details = {}, ...entry }) {
      const row = { ...entry, ...storableDevice(device), details: JSON.stringify(details), at: seconds() }
      await db.insert(auditLog).values(row)
    },
    step({ event, subject, actor, sid, device, details = {} }, from) {
      const { userAgent, address } = storableDevice(device)
      const facts = is(details, SQL) ? details : JSON.stringify(details)
      return sql`INSERT INTO ${auditLog} (at, event, subject, actor, sid, user_agent, address, details)
        SELECT ${seconds()}, ${event}, ${subject}, ${actor}, ${sid}, ${userAgent}, ${address}, ${facts} ${from}`
    },
    async historyOf(uuid, limit) {
      const latest = (which?: SQL) =>
        db
          .select()
          .from(auditLog)
          .where(and(eq(auditLog.subject, uuid), which))
          .orderBy(desc(auditLog.id))
          .limit(limit)
      const theft = and(
        eq(auditLog.event, 'refresh_token_reused' satisfies AuditEvent),
        gt(auditLog.at, seconds() - THEFT_NEWS),
      )
      const rows = [...(await latest()), ...(await latest(theft))]
      const each = new Map(rows.map((row) => [row.id, recordOf(row)]))
      return [...each.values()].sort((a, b) => b.id - a.id)
    },
    async sweep() {
      const old = lte(auditLog.at, seconds() - RETENTION)
      return (await db.delete(auditLog).where(old).returning({ id: auditLog.id })).length
    },
  }
}

/** An entry as it was stored. */
export const recordOf = ({
  userAgent,
  address,
  details,
  event,
  ...row
}: Database['auditLog']['$inferSelect']): AuditRecord => ({
  ...row,
  event: event as AuditEvent,
  device: { userAgent, address },
  details: JSON.parse(details),
})
