import type { AuditRecord } from '../../../events/audit-log.ts'

/** An entry of the audit log as JSON. */
export const auditEntryJson = ({ id, at, event, subject, actor, sid, device, details }: AuditRecord) => ({
  id,
  at,
  event,
  subject,
  actor,
  session_id: sid,
  user_agent: device.userAgent,
  address: device.address,
  details,
})
