import { type Device, deviceName } from '../../platform/client/device.ts'
import type { Locate } from '../../platform/client/geoip.ts'

/** A device as members of JSON: its raw `User-Agent`, that in words, its address and the place of it. */
export const deviceJson = ({ userAgent, address }: Device, locate: Locate) => ({
  user_agent: userAgent,
  device: deviceName(userAgent),
  address,
  place: locate(address),
})
