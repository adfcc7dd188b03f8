import { isWithinDomain } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Apps } from '../../apps/apps.ts'

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
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      formAction: ["'self'", () => [...family, ...beyond()].join(' ')],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
    referrerPolicy: false,
    strictTransportSecurity: https ? 'max-age=31536000' : false,
    xFrameOptions: 'DENY',
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  })
  return async (c, next) => {
    await headers(c, async () => {
      await next()
      if (!c.res.headers.has(REFERRER_POLICY)) c.res.headers.set(REFERRER_POLICY, 'same-origin')
    })
    if (c.res.headers.get('Content-Type') === 'image/svg+xml') c.res.headers.set(CSP, DRAWING)
    if (c.get(FRAMES)) c.res.headers.set(CSP, `${c.res.headers.get(CSP)}; frame-src 'self'`)
    if (c.get(IS_LETTER)) {
      c.res.headers.set(CSP, LETTER)
      c.res.headers.set('X-Frame-Options', 'SAMEORIGIN')
    }
  }
}

const FRAMES = 'frames'
const IS_LETTER = 'isLetter'

/** Lets the page of this answer show others of our own in a frame; those that `servesLetter` alone let it. */
export const mayFrame = (c: Context): void => c.set(FRAMES, true)

/**
 * For the HTML of a mail, whoever wrote it: in a frame of ours it styles itself, and neither runs nor loads nor sends
 * anything. Its links lead out of the frame.
 */
export const servesLetter = (c: Context): void => c.set(IS_LETTER, true)

/** What a letter may, as `sandbox` of its frame. */
export const LETTER_SANDBOX = 'allow-top-navigation-by-user-activation'

const CSP = 'Content-Security-Policy'
/** A drawing that is opened by itself is a document: it may style itself, and neither run nor load anything. */
const DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

const LETTER = `default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox ${LETTER_SANDBOX}`

const REFERRER_POLICY = 'Referrer-Policy'

/**
 * For pages whose address holds a secret: it reaches nobody by `Referer`, not even our own log. Of the policies that do
 * so, `no-referrer` would make browsers send `Origin: null` with our own forms (Fetch, section 3.2).
 */
export const originAsReferrer: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set(REFERRER_POLICY, 'strict-origin')
}

/**
 * Chromium applies `form-action` to the redirects after a form as well, so that the way back to an app needs
 * leave. CSP Level 3, section 6.7.2.8: a source of scheme http matches https too.
 */
function familySources(cookieDomain: string, https: boolean): string[] {
  const scheme = https ? 'https' : 'http'
  return [`${scheme}://${cookieDomain}:*`, `${scheme}://*.${cookieDomain}:*`]
}
