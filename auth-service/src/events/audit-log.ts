import { and, desc, eq, gt, is, lte, SQL, sql } from 'drizzle-orm'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'

/** All events. The names are stable, since other programs may read the table. */
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
  | 'app_rules_changed'
  | 'app_secret_created'
  | 'app_secret_revoked'
  | 'oidc_client_changed'
  | 'oidc_client_removed'
  | 'app_devices_signed_out'
  | 'oidc_consent_given'
  | 'oidc_consent_withdrawn'
  | 'oidc_token_reused'
  | 'saml_provider_changed'
  | 'saml_provider_removed'
  | 'saml_key_added'
  | 'saml_keys_rotated'
  | 'saml_key_removed'
  | 'api_token_created'
  | 'api_token_revoked'
  | 'api_tokens_revoked'
  | 'app_token_created'
  | 'device_allowed'
  | 'device_denied'
  | 'invited'
  | 'invitation_resent'
  | 'invitation_revoked'
  | 'invitation_accepted'
  | 'imported'
  | 'keys_rotated'
  | 'key_removed'

/** The actor and their device. */
export interface Actor {
  /** The actor's uuid; `null` for the operator. */
  readonly uuid: string | null
  readonly device: Device
}

export const NO_DEVICE: Device = { userAgent: '', address: '' }
/** The operator on the command line. */
export const OPERATOR: Actor = { uuid: null, device: NO_DEVICE }

interface Entry<Text> {
  readonly event: AuditEvent
  /** Uuid of the affected user, if any. */
  readonly subject: Text | null
  /** Uuid of the actor, if known. */
  readonly actor: Text | null
  readonly sid: Text | null
  readonly device: Device
}

/** One event. `details` is shown to the user and the operator, so it must not contain secrets. */
export interface AuditEntry extends Entry<string> {
  readonly details?: Readonly<Record<string, unknown>>
  /** In seconds. Default: now. */
  readonly at?: number
}

/** The details about a session that ends. */
export const factsOf = (session: Device & { readonly createdAt: number }) => ({
  user_agent: session.userAgent,
  address: session.address,
  created_at: session.createdAt,
})

/** One event at that second. */
export interface AuditRecord extends Required<AuditEntry> {
  readonly id: number
  readonly at: number
}

/** As an entry; values from other rows are SQL, including JSON. */
export interface AuditStep extends Entry<string | SQL> {
  readonly details?: SQL | AuditEntry['details']
}

/** The audit log: events with users and actors, kept for a year. */
export interface Audit {
  /** Writes an entry. Throws on an outage. */
  record(entry: AuditEntry): Promise<void>
  /** The same within a transaction, once for each row that `from` (`FROM … WHERE …`) finds. */
  step(entry: AuditStep, from: SQL): SQL
  /** A user's latest events, and token reuse within the last 30 days; newest first, at most `limit` of each. */
  historyOf(uuid: string, limit: number): Promise<AuditRecord[]>
  /** Deletes expired entries; returns how many. */
  deleteExpired(): Promise<number>
}

/**
 * Seconds for which entries are kept: long enough to investigate a break-in that is noticed late, and limited since
 * rows contain personal addresses.
 */
export const RETENTION = 365 * 86_400
/** Seconds for which users see token reuse, even after many other events. */
export const REUSE_NEWS = 30 * 86_400

export interface AuditOptions {
  readonly database: Database
  readonly now: () => number
}

/** The audit log in the database. */
export function createAudit({ database, now }: AuditOptions): Audit {
  const { db, auditLog } = database

  return {
    async record({ device, details = {}, at = unixTime(now), ...entry }) {
      const { userAgent, address } = device
      const row = { ...entry, userAgent, address, details: JSON.stringify(details), at }
      await db.insert(auditLog).values(row)
    },
    step({ event, subject, actor, sid, device: { userAgent, address }, details = {} }, from) {
      const facts = is(details, SQL) ? details : JSON.stringify(details)
      return sql`INSERT INTO ${auditLog} (at, event, subject, actor, sid, user_agent, address, details)
        SELECT ${unixTime(now)}, ${event}, ${subject}, ${actor}, ${sid}, ${userAgent}, ${address}, ${facts} ${from}`
    },
    async historyOf(uuid, limit) {
      const latest = (which?: SQL) =>
        db
          .select()
          .from(auditLog)
          .where(and(eq(auditLog.subject, uuid), which))
          .orderBy(desc(auditLog.id))
          .limit(limit)
      const tokenReuse = and(
        eq(auditLog.event, 'refresh_token_reused' satisfies AuditEvent),
        gt(auditLog.at, unixTime(now) - REUSE_NEWS),
      )
      const rows = [...(await latest()), ...(await latest(tokenReuse))]
      const each = new Map(rows.map((row) => [row.id, recordOf(row)]))
      return [...each.values()].sort((a, b) => b.id - a.id)
    },
    async deleteExpired() {
      const old = lte(auditLog.at, unixTime(now) - RETENTION)
      return (await db.delete(auditLog).where(old).returning({ id: auditLog.id })).length
    },
  }
}

/** A stored entry. */
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
