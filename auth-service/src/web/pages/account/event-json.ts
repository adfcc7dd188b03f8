import type { AuditRecord } from '../../../events/audit-log.ts'
import type { Locate } from '../../../platform/client/geoip.ts'
import { deviceJson } from '../../forms/device-json.ts'

/** An event as JSON for its user. */
export const eventJson = (
  { at, event, actor, subject, sid, device, details }: AuditRecord,
  locate: Locate,
) => ({
  at,
  event,
  by_yourself: actor === subject,
  session_id: sid,
  ...deviceJson(device, locate),
  details,
})
