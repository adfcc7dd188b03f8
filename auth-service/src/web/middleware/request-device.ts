import type { Context } from 'hono'
import type { Device } from '../../platform/client/device.ts'
import { languageFor, timeZoneFor } from './accept-language.ts'
import { clientOf } from './client-ip.ts'

/** The device of a request; its address cannot be forged. */
export function deviceOf(c: Context): Device {
  const { address, isProxied, viaUnknownProxy, marks } = clientOf(c)
  const viaProxy = isProxied || viaUnknownProxy
  return {
    userAgent: c.req.header('user-agent') ?? '',
    address,
    viaProxy,
    marks,
    language: languageFor(c).code,
    timeZone: timeZoneFor(c),
  }
}
