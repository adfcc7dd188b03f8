import type { Context } from 'hono'
import type { Device } from '../../platform/client/device.ts'
import { languageCodeFor, timeZoneFor } from './accept-language.ts'
import { clientOf } from './client-ip.ts'
import { cookiesOf } from './request-cookies.ts'

const devices = new WeakMap<Context, Device>()

/** The device of a request, described once; its address cannot be forged. */
export function deviceOf(c: Context): Device {
  const described = devices.get(c)
  if (described) return described
  const { address, isProxied, viaUnknownProxy } = clientOf(c)
  const device = {
    userAgent: c.req.header('user-agent') ?? '',
    address,
    viaProxy: isProxied || viaUnknownProxy,
    cookies: cookiesOf(c),
    language: languageCodeFor(c),
    timeZone: timeZoneFor(c),
  }
  devices.set(c, device)
  return device
}
