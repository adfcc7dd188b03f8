import type { AuditRecord } from '../../audit.ts'
import { type Device, deviceName } from '../../device.ts'
import type { PlaceOf } from '../../places.ts'

/** A device as JSON tells it. */
export const whatOf = ({ userAgent, address }: Device, placeOf: PlaceOf) => ({
  user_agent: userAgent,
  device: deviceName(userAgent),
  address,
  place: placeOf(address),
})

/** What happened, as JSON tells it to whom it happened. */
export const eventOf = (
  { at, event, actor, subject, sid, device, details }: AuditRecord,
  placeOf: PlaceOf,
) => ({
  at,
  event,
  by_yourself: actor === subject,
  session_id: sid,
  ...whatOf(device, placeOf),
  details,
})
