import { inArray, type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from '../events/audit-log.ts'
import type { Database } from '../platform/database/open.ts'

/** Events whose details tell nothing of who somebody was, but what they might do, and why something failed. */
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
 * What outlives somebody who is deleted, freed of who they were, as steps of that transaction before their row goes;
 * nothing where `onlyIf` is not true of them. Of the audit log stays what happened to which uuid and when, and what
 * others did from where; mails about their account, to whatever address, and invitations of theirs go.
 */
export function erasureOf(database: Database, uuid: string, onlyIf: SQL): readonly SQL[] {
  const { users, auditLog, outbox, invitations } = database
  const them = sql`FROM ${users} WHERE ${users.uuid} = ${uuid} AND ${onlyIf}`
  const theirUuid = sql`(SELECT ${users.uuid} ${them})`
  const theirAddresses = sql`(SELECT ${users.email} ${them} UNION SELECT ${users.emailCanonical} ${them})`
  const theirInvitations = sql`${invitations.acceptedBy} = ${theirUuid} OR ${invitations.email} IN ${theirAddresses}`
  // As invitations.ts writes it down.
  const asInvited = (isStaff: boolean) =>
    sql`SELECT '{"email":"' || ${invitations.email} || ${`","is_staff":${isStaff}}`} FROM ${invitations}
      WHERE ${invitations.email} IS NOT NULL AND (${theirInvitations})`
  const inviting = sql`${inArray(auditLog.event, [...INVITING])} AND ${auditLog.details} IN
    (${asInvited(true)} UNION ${asInvited(false)})`
  const unseen = sql`UPDATE ${auditLog} SET user_agent = '', address = ''`
  const untold = sql`UPDATE ${auditLog} SET details = '{}'`
  return [
    sql`${unseen} WHERE ${auditLog.actor} = ${theirUuid}`,
    // Whoever it was who failed to sign in: most likely the person. By the index of the subject: nobody's are millions.
    sql`${unseen} WHERE ${auditLog.subject} = ${theirUuid} AND coalesce(${auditLog.actor}, '') = ''`,
    sql`${untold} WHERE ${auditLog.subject} = ${theirUuid} AND NOT ${inArray(auditLog.event, [...IMPERSONAL])}`,
    sql`${untold} WHERE ${inviting}`,
    sql`DELETE FROM ${outbox} WHERE ${outbox.recipient} IN ${theirAddresses} OR ${outbox.person} = ${theirUuid}`,
    sql`DELETE FROM ${invitations} WHERE ${theirInvitations}`,
  ]
}
