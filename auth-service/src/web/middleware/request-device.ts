import type { Context } from 'hono'
import type { Device } from '../../platform/client/device.ts'
import { languageFor, timeZoneFor } from './accept-language.ts'
import { clientOf } from './client-ip.ts'

const devices = new WeakMap<Context, Device>()

/** The device of a request; its address cannot be forged. */
export function deviceOf(c: Context): Device {
  const known = devices.get(c) ?? describe(c)
  devices.set(c, known)
  return known
}

function describe(c: Context): Device {
  const client = clientOf(c)
  return {
    userAgent: c.req.header('user-agent') ?? '',
    address: client.address,
    viaProxy: client.isProxied || client.viaUnknownProxy,
    // Most requests never need the device cookie.
    get deviceCookies() {
      return client.deviceCookies
    },
    language: languageFor(c).code,
    timeZone: timeZoneFor(c),
  }
}
