import { inArray, type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from '../events/audit-log.ts'
import type { Database } from '../platform/database/open.ts'

/** Events whose details contain no personal data, only rights and reasons. */
const IMPERSONAL: readonly AuditEvent[] = [
  'signed_in',
  'sign_in_failed',
  'email_confirmed',
  'rights_changed',
  'switched_on',
  'switched_off',
  'group_joined',
  'group_left',
  'invitation_accepted',
  'deletion_requested',
  'deletion_cancelled',
  'deleted',
]
const INVITING: readonly AuditEvent[] = ['invited', 'invitation_resent', 'invitation_revoked']

/**
 * Anonymizes the records of a deleted user, as steps of that transaction before the row is deleted; does nothing unless
 * `onlyIf` is true of them. The audit log keeps events with uuid and time, and the devices of other actors; emails
 * about the account, to any address, and the user's invitations are deleted.
 */
export function anonymizationOf(database: Database, uuid: string, onlyIf: SQL): readonly SQL[] {
  const { users, auditLog, outbox, invitations } = database
  const them = sql`FROM ${users} WHERE ${users.uuid} = ${uuid} AND ${onlyIf}`
  const theirUuid = sql`(SELECT ${users.uuid} ${them})`
  const theirAddresses = sql`(SELECT ${users.email} ${them} UNION SELECT ${users.emailCanonical} ${them})`
  const theirInvitations = sql`${invitations.acceptedBy} = ${theirUuid} OR ${invitations.email} IN ${theirAddresses}`
  // As invitations.ts writes it.
  const asInvited = (isStaff: boolean) =>
    sql`SELECT '{"email":"' || ${invitations.email} || ${`","is_staff":${isStaff}}`} FROM ${invitations}
      WHERE ${invitations.email} IS NOT NULL AND (${theirInvitations})`
  const inviting = sql`${inArray(auditLog.event, [...INVITING])} AND ${auditLog.details} IN
    (${asInvited(true)} UNION ${asInvited(false)})`
  const unseen = sql`UPDATE ${auditLog} SET user_agent = '', address = ''`
  const untold = sql`UPDATE ${auditLog} SET details = '{}'`
  return [
    sql`${unseen} WHERE ${auditLog.actor} = ${theirUuid}`,
    // The failed sign-in of any client, probably the user. By the index of the subject, since millions have none.
    sql`${unseen} WHERE ${auditLog.subject} = ${theirUuid} AND coalesce(${auditLog.actor}, '') = ''`,
    sql`${untold} WHERE ${auditLog.subject} = ${theirUuid} AND NOT ${inArray(auditLog.event, [...IMPERSONAL])}`,
    sql`${untold} WHERE ${inviting}`,
    sql`DELETE FROM ${outbox} WHERE ${outbox.recipient} IN ${theirAddresses} OR ${outbox.person} = ${theirUuid}`,
    sql`DELETE FROM ${invitations} WHERE ${theirInvitations}`,
  ]
}
