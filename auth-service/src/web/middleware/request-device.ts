import type { Context } from 'hono'
import type { Device } from '../../platform/client/device.ts'
import { languageCodeFor, timeZoneFor } from './accept-language.ts'
import { clientOf } from './client-ip.ts'

/** The device of a request; its address cannot be forged. */
export function deviceOf(c: Context): Device {
  const { address, isProxied, viaUnknownProxy } = clientOf(c)
  return {
    userAgent: c.req.header('user-agent') ?? '',
    address,
    viaProxy: isProxied || viaUnknownProxy,
    cookies: c.req.header('cookie'),
    language: languageCodeFor(c),
    timeZone: timeZoneFor(c),
  }
}
