import { isWithinDomain } from '@latchkey/jwt-middleware'
import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Apps } from '../apps.ts'

export interface SecurityHeadersOptions {
  readonly cookieDomain: string
  readonly https: boolean
}

/**
 * Headers of every response: nothing runs but files of our own, nothing frames us, and forms lead to the family and its
 * apps alone.
 */
export function securityHeaders(
  { cookieDomain, https }: SecurityHeadersOptions,
  apps: Pick<Apps, 'origins'>,
): MiddlewareHandler {
  const family = familySources(cookieDomain, https)
  const beyond = () =>
    apps.origins().filter((origin) => !isWithinDomain(new URL(origin).hostname, cookieDomain))
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      formAction: ["'self'", () => [...family, ...beyond()].join(' ')],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
    // `no-referrer` would make browsers send `Origin: null` with our own forms (Fetch, section 3.2).
    referrerPolicy: 'same-origin',
    strictTransportSecurity: https ? 'max-age=31536000' : false,
    xFrameOptions: 'DENY',
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  })
}

/**
 * Chromium applies `form-action` to the redirects after a form as well, so that the way back to an app needs
 * leave. CSP Level 3, section 6.7.2.8: a source of scheme http matches https too.
 */
function familySources(cookieDomain: string, https: boolean): string[] {
  const scheme = https ? 'https' : 'http'
  return [`${scheme}://${cookieDomain}:*`, `${scheme}://*.${cookieDomain}:*`]
}
