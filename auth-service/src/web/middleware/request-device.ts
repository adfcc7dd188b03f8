import type { Context, MiddlewareHandler } from 'hono'
import { languageDetector } from 'hono/language'
import type { Device } from '../../platform/client/device.ts'
import { type Cookies, createHostCookie, parseCookies } from '../../platform/client/host-cookies.ts'
import { ENGLISH, LANGUAGES } from '../../platform/i18n/languages.ts'
import { timeZoneOf } from '../../platform/i18n/time-zone.ts'
import { UNKNOWN_CLIENT } from './request-client.ts'

/** The device of a request, with its cookies; its address cannot be forged. */
export interface RequestDevice extends Device {
  readonly cookies: Cookies
}

declare module 'hono' {
  interface ContextVariableMap {
    /** The device of a request for a page: see `describeDevice`. */
    device: RequestDevice
  }
}

/** The cookie with the language that was chosen here. */
export const languageCookie = (https: boolean) => createHostCookie('language', https)

const nothing = async () => {}

/**
 * Describes the device of each request for a page once, as `c.var.device`: with its language, which is the one chosen
 * here, else the browser's, else English; and with its time zone, if the browser's script has sent it.
 */
export function describeDevice({ https }: { readonly https: boolean }): MiddlewareHandler {
  // The script local-time.js sets it.
  const zoneCookie = createHostCookie('time-zone', https).name
  const detectLanguage = languageDetector({
    order: ['cookie', 'header'],
    lookupCookie: languageCookie(https).name,
    supportedLanguages: LANGUAGES.map(({ code }) => code),
    fallbackLanguage: ENGLISH.code,
    caches: false,
  })
  return async (c, next) => {
    await detectLanguage(c, nothing)
    const device = headersOf(c)
    const zone = device.cookies.get(zoneCookie)?.[0]
    const timeZone = zone === undefined ? undefined : (timeZoneOf(zone) ?? undefined)
    c.set('device', { ...device, language: c.get('language'), timeZone })
    await next()
  }
}

/** The device of any request: without a language, unless it is for a page. */
export const deviceOf = (c: Context): RequestDevice => c.get('device') ?? headersOf(c)

function headersOf(c: Context): RequestDevice {
  const { address, isProxied, viaUnknownProxy } = c.var.client ?? UNKNOWN_CLIENT
  return {
    userAgent: c.req.header('user-agent') ?? '',
    address,
    viaProxy: isProxied || viaUnknownProxy,
    cookies: parseCookies(c.req.header('cookie')),
  }
}
