import type { Context } from 'hono'
import type { Device } from '../../platform/client/device.ts'
import { type Cookies, parseCookies } from '../../platform/client/host-cookies.ts'
import { clientOf } from './client-ip.ts'

const parsed = new WeakMap<Context, Cookies>()

/** The cookies of a request, parsed once. */
export function cookiesOf(c: Context): Cookies {
  const known = parsed.get(c)
  if (known) return known
  const cookies = parseCookies(c.req.header('cookie'))
  parsed.set(c, cookies)
  return cookies
}

/** Where a request has its time zone, if the browser sent one that exists; the language is under `language`. */
export const TIME_ZONE = 'timeZone'

/** The device of a request, with its cookies. */
export interface RequestDevice extends Device {
  readonly cookies: Cookies
}

const devices = new WeakMap<Context, RequestDevice>()

/** The device of a request, described once; its address cannot be forged. */
export function deviceOf(c: Context): RequestDevice {
  const described = devices.get(c)
  if (described) return described
  const cookies = cookiesOf(c)
  const { address, isProxied, viaUnknownProxy } = clientOf(c)
  const device = {
    userAgent: c.req.header('user-agent') ?? '',
    address,
    viaProxy: isProxied || viaUnknownProxy,
    cookies,
    language: c.get('language'),
    timeZone: c.get(TIME_ZONE),
  }
  devices.set(c, device)
  return device
}
