import type { AuditRecord } from '../../../events/audit-log.ts'
import { type Device, deviceName } from '../../../platform/client/device.ts'
import type { Locate } from '../../../platform/client/geoip.ts'

export const deviceJson = ({ userAgent, address }: Device, locate: Locate) => ({
  user_agent: userAgent,
  device: deviceName(userAgent),
  address,
  place: locate(address),
})

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
