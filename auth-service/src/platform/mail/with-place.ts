import { type Device, deviceInWords } from '../client/device.ts'
import { describeLocation } from '../client/geoip.ts'
import type { Writing } from './mail-template.ts'

/** What an email says about a device. */
export type DeviceFacts = Pick<Device, 'userAgent' | 'address'>

/** A device and its location, as far as known: `Firefox on Linux, from Berlin, Germany (192.0.2.7)`. */
export function deviceWithPlace({ userAgent, address }: DeviceFacts, { language, locate }: Writing): string {
  const { say, code } = language
  const device = say(deviceInWords(userAgent))
  const place = describeLocation(address, locate, code)
  return place === '' ? device : say('{device}, from {place}', { device, place })
}
