import type { Context } from 'hono'
import type { Cookies } from '../../platform/client/cookies.ts'
import type { Device } from '../../platform/client/device.ts'
import { TIME_ZONE } from './accept-language.ts'
import { clientOf } from './client-ip.ts'
import { cookiesOf } from './request-cookies.ts'

/** The device of a request, with its cookies. */
export interface RequestDevice extends Device {
  readonly cookies: Cookies
}

const devices = new WeakMap<Context, RequestDevice>()

/** The device of a request, described once; its address cannot be forged. */
export function deviceOf(c: Context): RequestDevice {
  const described = devices.get(c)
  if (described) return described
  const { address, isProxied, viaUnknownProxy } = clientOf(c)
  const device = {
    userAgent: c.req.header('user-agent') ?? '',
    address,
    viaProxy: isProxied || viaUnknownProxy,
    cookies: cookiesOf(c),
    language: c.get('language'),
    timeZone: c.get(TIME_ZONE),
  }
  devices.set(c, device)
  return device
}
