import type { AuditRecord } from '../../../events/audit-log.ts'
import { type Device, deviceName } from '../../../platform/client/device.ts'
import type { PlaceOf } from '../../../platform/client/geoip.ts'

export const deviceJson = ({ userAgent, address }: Device, placeOf: PlaceOf) => ({
  user_agent: userAgent,
  device: deviceName(userAgent),
  address,
  place: placeOf(address),
})

/** An event as JSON for its user. */
export const eventJson = (
  { at, event, actor, subject, sid, device, details }: AuditRecord,
  placeOf: PlaceOf,
) => ({
  at,
  event,
  by_yourself: actor === subject,
  session_id: sid,
  ...deviceJson(device, placeOf),
  details,
})
