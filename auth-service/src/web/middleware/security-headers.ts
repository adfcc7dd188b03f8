import { isWithinDomain } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Apps } from '../../apps/apps.ts'
import type { OidcServer } from '../../oidc/oidc-server.ts'
import type { SamlServer } from '../../saml/saml-server.ts'

export interface SecurityHeadersOptions {
  readonly cookieDomain: string
  readonly https: boolean
}

/**
 * Headers of every response: only our own scripts run, no page frames us, and forms of pages lead only to the family
 * and its apps.
 */
export function securityHeaders(
  { cookieDomain, https }: SecurityHeadersOptions,
  apps: Pick<Apps, 'list' | 'origins'>,
  oidc: Pick<OidcServer, 'redirectSources'>,
  saml: Pick<SamlServer, 'formTargets'>,
): MiddlewareHandler {
  const family = familySources(cookieDomain, https)
  const beyond = () =>
    apps.origins().filter((origin) => !isWithinDomain(new URL(origin).hostname, cookieDomain))
  let [formTargets, ofApps] = ['', null as ReturnType<Apps['list']> | null]

  /** The same until the apps change, since every page names them. */
  function sources(): string {
    const current = apps.list()
    if (current === ofApps) return formTargets
    ofApps = current
    formTargets = [
      ...new Set([...family, ...beyond(), ...oidc.redirectSources(), ...saml.formTargets()]),
    ].join(' ')
    return formTargets
  }

  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
    referrerPolicy: false,
    strictTransportSecurity: https ? 'max-age=31536000' : false,
    xFrameOptions: 'DENY',
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  })
  return async (c, next) => {
    await headers(c, next)
    if (!c.res.headers.has(REFERRER_POLICY)) c.res.headers.set(REFERRER_POLICY, 'same-origin')
    if (c.res.headers.get('Content-Type') === 'image/svg+xml') c.res.headers.set(CSP, DRAWING)
    const script: string | undefined = c.get(SCRIPT)
    if (script)
      c.res.headers.set(CSP, `${c.res.headers.get(CSP)}`.replace(OWN_SCRIPTS, `${OWN_SCRIPTS} ${script}`))
    if (c.res.headers.get('Content-Type')?.startsWith('text/html')) {
      const targets = [c.get(FORM_TARGET) ?? '', sources()].join(' ').trimStart()
      c.res.headers.set(CSP, `${c.res.headers.get(CSP)}`.replace(OWN_FORMS, `${OWN_FORMS} ${targets}`))
    }
    if (c.get(FRAMES)) c.res.headers.set(CSP, `${c.res.headers.get(CSP)}; frame-src 'self'`)
    if (c.get(IS_EMAIL)) {
      c.res.headers.set(CSP, LETTER)
      c.res.headers.set('X-Frame-Options', 'SAMEORIGIN')
    }
  }
}

const SCRIPT = 'script'
const OWN_SCRIPTS = "script-src 'self'"

/** Lets an inline script run, by its hash as a source (`'sha256-…'`). */
export const allowScript = (c: Context, source: string): void => c.set(SCRIPT, source)

const FORM_TARGET = 'formTarget'
const OWN_FORMS = "form-action 'self'"

/** Lets the forms of this page lead to the origin of a URL, after redirects; an http URL is one of this device. */
export function allowFormTarget(c: Context, url: string): void {
  const { origin = 'null' } = URL.parse(url) ?? {}
  if (origin !== 'null') c.set(FORM_TARGET, origin)
}

const FRAMES = 'frames'
const IS_EMAIL = 'isEmail'

/** Lets this page show others of our own in a frame, if those allow it with `servesEmail`. */
export const mayFrame = (c: Context): void => c.set(FRAMES, true)

/**
 * For the HTML of an email, which anyone may have written: in our frame it may style itself, but not run, load or send
 * anything. Its links leave the frame.
 */
export const servesEmail = (c: Context): void => c.set(IS_EMAIL, true)

/** The `sandbox` of an email's frame. */
export const EMAIL_SANDBOX = 'allow-top-navigation-by-user-activation'

const CSP = 'Content-Security-Policy'
/** A drawing opened directly is a document: it may style itself, but not run or load anything. */
const DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

const LETTER = `default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox ${EMAIL_SANDBOX}`

const REFERRER_POLICY = 'Referrer-Policy'

/**
 * For pages with a secret in the URL: `Referer` sends it nowhere, not even to our own log. `no-referrer` would do the
 * same, but make browsers send `Origin: null` with our own forms (Fetch, section 3.2).
 */
export const originAsReferrer: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set(REFERRER_POLICY, 'strict-origin')
}

/** Marks a response as private: no cache stores it, or uses it with other cookies (RFC 9110, section 12.5.5). */
export const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('Cache-Control', 'private, no-store')
  const varied = c.res.headers.get('Vary')?.split(/, */) ?? []
  if (!varied.includes('Cookie')) c.res.headers.set('Vary', [...varied, 'Cookie'].join(', '))
}

/**
 * Chromium applies `form-action` also to redirects after a form, so the app's origin must be allowed. CSP Level 3,
 * section 6.7.2.8: an http source matches https, too.
 */
function familySources(cookieDomain: string, https: boolean): string[] {
  const scheme = https ? 'https' : 'http'
  return [`${scheme}://${cookieDomain}:*`, `${scheme}://*.${cookieDomain}:*`]
}
