import { type Context, Hono, type Next } from 'hono'
import type { OidcPage, OidcPages } from '../../oidc/oidc-request.ts'
import { METADATA_ROUTES, OIDC, OIDC_ROUTES } from '../../oidc/oidc-routes.ts'
import { refuse, refuseForNow } from '../components/error-page.tsx'
import { page } from '../components/layout.tsx'
import { mediaType } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { noteRoute } from '../middleware/request-log.ts'
import { allowFormTarget, allowScript } from '../middleware/security-headers.ts'
import { OidcErrorPage } from '../pages/oidc/oidc-error-page.tsx'
import { OidcLogoutPage } from '../pages/oidc/oidc-logout-page.tsx'
import type { Web } from '../web.ts'
import { koaExchange } from './koa-exchange.ts'
import { createCosts, slowDown } from './oidc-limits.ts'

/** Who the request is from: no one, the user of the browser, or the user whose session goes on with it. */
type Reads = 'nothing' | 'session' | 'renewed'

interface Route {
  readonly path: string
  readonly methods: readonly string[]
  readonly reads: Reads
}

const { authorization, end_session, token, userinfo, ...others } = OIDC_ROUTES

const ROUTES: readonly Route[] = [
  ...METADATA_ROUTES.map(
    (path) => ({ path, methods: ['GET', 'HEAD', 'OPTIONS'], reads: 'nothing' }) as const,
  ),
  { path: authorization, methods: ['GET', 'POST'], reads: 'renewed' },
  { path: `${authorization}/:uid`, methods: ['GET'], reads: 'renewed' },
  { path: token, methods: ['POST', 'OPTIONS'], reads: 'nothing' },
  { path: userinfo, methods: ['GET', 'POST', 'OPTIONS'], reads: 'nothing' },
  { path: others.introspection, methods: ['POST', 'OPTIONS'], reads: 'nothing' },
  { path: others.revocation, methods: ['POST', 'OPTIONS'], reads: 'nothing' },
  { path: others.pushed_authorization_request, methods: ['POST', 'OPTIONS'], reads: 'nothing' },
  { path: others.device_authorization, methods: ['POST', 'OPTIONS'], reads: 'nothing' },
  { path: end_session, methods: ['GET', 'POST'], reads: 'session' },
  { path: `${end_session}/confirm`, methods: ['POST'], reads: 'session' },
  { path: `${end_session}/success`, methods: ['GET'], reads: 'nothing' },
]

/** Where programs ask, and no browser goes. */
const PROGRAMS: ReadonlySet<string> = new Set([
  token,
  userinfo,
  others.introspection,
  others.revocation,
  others.pushed_authorization_request,
  others.device_authorization,
])

/** What scripts of every origin may read, like the keys: it is public. */
const OPEN: ReadonlySet<string> = new Set(METADATA_ROUTES)

/**
 * OpenID Connect by oidc-provider, at `/oidc` and two addresses of metadata. There is nothing at these paths unless it is
 * used: see OidcServer.isOn.
 */
export function oidcEndpoints({ config, limits, oidc, redirectLoops, sessions }: Web): Hono {
  const app = new Hono()

  /** The session of the browser, if all of its cookies came with the request; with fresh ones, where it goes on. */
  async function sessionOf(c: Context, reads: Reads) {
    const cookies = c.var.device.cookies
    if (reads === 'nothing') return { sid: null, cookies: [] }
    if (reads === 'session') {
      const found = await sessions.find(cookies)
      return { sid: found?.hasSecret ? found.session.id : null, cookies: [] }
    }
    // Cookies that are as good as new stay: of several apps that open at once, one renews. Otherwise the renewal says why.
    const recent = sessions.isDue(cookies) ? null : await sessions.find(cookies)
    if (recent?.hasSecret) return { sid: recent.session.id, cookies: [] }
    const renewed = await sessions.renewFrom(cookies, c.var.device)
    if (!renewed.ok) return { sid: null, cookies: [] }
    const { hasSecret, session, cookies: fresh } = renewed.value
    return { sid: hasSecret ? session.id : null, cookies: fresh }
  }

  async function answer(c: Context, path: string, reads: Reads): Promise<Response> {
    const { sid, cookies } = await sessionOf(c, reads)
    const device = c.var.device
    const costs = createCosts(limits, device, sid)
    const { req, res, response } = await koaExchange(c, config)
    // oidc-provider adds the hash of its script to it.
    res.setHeader(CSP, "script-src 'self'")
    const { endsSession } = await oidc.handle(req, res, {
      sid,
      device,
      pages: pagesFor(c),
      spend: costs.spend,
    })
    // Nothing but wrong credentials is answered like that there.
    if (PROGRAMS.has(path) && res.statusCode === 401) await costs.spend('wrong_credentials')
    const script = /'sha256-[^']+'/.exec(String(res.getHeader(CSP)))?.[0]
    if (script !== undefined) allowScript(c, script)
    res.removeHeader(CSP)
    const answered = response()
    const refusal = costs.refusal()
    if (refusal) return PROGRAMS.has(path) ? slowDown(c, refusal, answered.headers) : refuseForNow(c, refusal)
    if (OPEN.has(path)) answered.headers.set('access-control-allow-origin', '*')
    for (const line of endsSession ? await signOut(c) : cookies) answered.headers.append('set-cookie', line)
    return answered
  }

  /** Ends the session of the family, and with it everything that belongs to it. */
  async function signOut(c: Context): Promise<readonly string[]> {
    await sessions.endFrom(c.var.device.cookies, c.var.device)
    redirectLoops.forget(c)
    return sessions.clearCookies(c.var.device.cookies)
  }

  for (const { path, methods, reads } of ROUTES) {
    app.all(path, async (c: Context, next: Next) => {
      if (!oidc.isOn()) return next()
      noteRoute(c, path)
      const { method } = c.req
      if (!methods.includes(method)) return refuse(c, 'method_not_allowed', { allow: methods.join(', ') })
      if (method === 'POST' && (path === authorization || path === end_session)) return asGet(c, path)
      return answer(c, path, reads)
    })
  }
  return app
}

const CSP = 'content-security-policy'

/**
 * A request for an authorization or a sign-out as a form (OpenID Connect Core 1.0, section 3.1.2.1; RP-Initiated Logout
 * 1.0, section 2). Browsers send no cookies with forms of other sites, though with the redirect that follows.
 */
async function asGet(c: Context, path: string): Promise<Response> {
  if (mediaType(c) !== 'application/x-www-form-urlencoded') return refuse(c, 'unsupported_media_type')
  const params = new URLSearchParams(await c.req.text())
  return c.redirect(`${path}?${params}`, 303)
}

/** The pages of a request. */
const pagesFor = (c: Context): OidcPages => ({
  async error({ error, description }) {
    noteRefusal(c, `${OIDC.slice(1)}_${CODE.test(error) ? error : 'error'}`)
    const isExpired = description !== undefined && EXPIRED.has(description)
    const isSignOut = c.req.path.startsWith(OIDC_ROUTES.end_session)
    return asPage(await page(c, 400, <OidcErrorPage {...{ c, error, isExpired, isSignOut }} />))
  },
  async signOut(form, app, returnsTo) {
    if (returnsTo !== null) allowFormTarget(c, returnsTo)
    return asPage(await page(c, 200, <OidcLogoutPage form={form} app={app} />))
  },
})

const CODE = /^[a-z_]{1,64}$/

/** What oidc-provider says of an authorization that is over, or that another browser began. */
const EXPIRED = new Set([
  'authorization request has expired',
  'interaction session not found',
  'interaction session and authentication session mismatch',
  'authorization session and cookie identifier mismatch',
])

const asPage = async (response: Response): Promise<OidcPage> => ({
  html: await response.text(),
  headers: Object.fromEntries(
    ['content-language', 'vary'].flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  ),
})
