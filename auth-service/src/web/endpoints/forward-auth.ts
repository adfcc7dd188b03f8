import { type Auth, type AuthRequest, isStaff, type User } from '@latchkey/jwt-middleware'
import { isSafeMethod, safeNext } from '@latchkey/jwt-middleware/contract'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ForwardAuthProxy, RuleAccess } from '../../platform/config/forward-auth-rules.ts'
import type { Service } from '../../service.ts'
import { isAmbiguous, pathOf } from '../forward-auth/ambiguous-path.ts'
import { createForwardAuthLog, type ForwardAuthRefusal } from '../forward-auth/forward-auth-log.ts'
import { createGuardedOrigins } from '../forward-auth/guarded-origins.ts'
import { identityHeaders, numberedCookies } from '../forward-auth/identity-headers.ts'
import { type OriginalRequest, readOriginalRequest } from '../forward-auth/original-request.ts'
import { type RefusedReason, refusedPage } from '../forward-auth/refused-page.tsx'
import { matchRule } from '../forward-auth/rule-match.ts'
import { clientOf } from '../middleware/client-ip.ts'
import { isFamilyOrigin } from '../middleware/cors.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { type ProblemCode, problem } from '../problems.ts'
import { withCookies } from './refresh.ts'

/** A decision about a request behind the proxy: the headers for the upstream, or the answer to the client. */
type Decision = { readonly headers: Headers } | { readonly refusal: Response }

/**
 * `GET /forward-auth`: whether a proxy may pass a request on, for sites without a middleware of their own. The apps'
 * middleware decides, by the rules of FORWARD_AUTH_RULES: 204 with the identity for the upstream, or the answer that the
 * proxy shows. nginx knows only 401 and 403 here, and shows what `GET /forward-auth/refusal` answers.
 */
export function forwardAuthEndpoint(service: Service, speak: MiddlewareHandler): Hono {
  const { forwardAuthProxy: proxy } = service.config
  const log = createForwardAuthLog(service)
  if (proxy === undefined) {
    return new Hono().get('/forward-auth', (c, next) => {
      if (clientOf(c).isProxied) log.isOff()
      return next()
    })
  }
  const decide = createDecision(service, proxy, speak, log.refused)

  async function showNotFound(c: Context): Promise<Response> {
    noteRefusal(c, 'not_found')
    if (!isForPeople(c)) return problem('not_found', { title: 'Not found' })
    await speak(c, async () => {})
    const accountUrl = `${service.config.authUrl}/account`
    return refusedPage(c, { reason: 'not_found', status: 404, signInUrl: null, accountUrl })
  }

  return new Hono()
    .get('/forward-auth', async (c) => {
      const decision = await decide(c)
      if ('headers' in decision) return new Response(null, { status: 204, headers: decision.headers })
      return proxy === 'nginx' ? withoutRedirect(decision.refusal) : decision.refusal
    })
    .get('/forward-auth/refusal', async (c) => {
      const decision = await decide(c)
      if ('refusal' in decision) return decision.refusal
      // nginx let the request pass, and has a refusal of its own: for a folder without an index.
      if (c.req.header('x-original-status') === '204') return showNotFound(c)
      // Between both requests of nginx, the user was let in, or a process came back.
      return problem('unavailable', { title: 'Try again in a moment' })
    })
}

/** nginx takes a redirect for a failure of ours. */
const withoutRedirect = (refusal: Response): Response =>
  refusal.status === 302 ? new Response(null, { status: 401, headers: refusal.headers }) : refusal

type LogRefusal = ReturnType<typeof createForwardAuthLog>['refused']

function createDecision(
  service: Service,
  proxy: ForwardAuthProxy,
  speak: MiddlewareHandler,
  logRefusal: LogRefusal,
) {
  const { config, apps } = service
  const { authUrl, cookieDomain, https, forwardAuthRules } = config
  const guardedOrigins = createGuardedOrigins(service)

  const isServed = (origin: string): boolean =>
    isFamilyOrigin(origin, config) || apps.origins().includes(origin)

  /** Why this request is refused whoever sent it; otherwise its rule. */
  function judge(c: Context) {
    if (!clientOf(c).isProxied) return { cause: 'untrusted_proxy' } as const
    const read = readOriginalRequest(proxy, c.req.raw.headers)
    if (!read.ok) return { cause: read.reason } as const
    const { origin, host, target } = read.value
    if (!isServed(origin)) return { cause: 'foreign_host', host } as const
    const rule = isAmbiguous(target) ? null : matchRule(forwardAuthRules.rules, host, pathOf(target))
    const policy = { cookieDomain, httpsOnly: https, origins: apps.origins() }
    if (rule === null || safeNext(origin + pathOf(target), policy) === null) {
      return { cause: 'ambiguous_path', host } as const
    }
    return { original: read.value, rule }
  }

  async function showPage(
    c: Context,
    reason: RefusedReason,
    status: ContentfulStatusCode,
    signInUrl: string | null = null,
  ): Promise<Response> {
    await speak(c, async () => {})
    return refusedPage(c, { reason, status, signInUrl, accountUrl: `${authUrl}/account` })
  }

  async function refuseUnread(c: Context, cause: ForwardAuthRefusal, host?: string): Promise<Response> {
    logRefusal(cause, host)
    const [code, detail] = UNREAD[cause]
    noteRefusal(c, code)
    if (!isForPeople(c)) return problem(code, { title: 'Refused', detail })
    return showPage(c, cause === 'ambiguous_path' ? 'ambiguous_path' : 'failed', 403)
  }

  /** The middleware's refusal: its pages in the language of the reader. */
  async function complete(c: Context, auth: Auth, asked: AuthRequest, refused: Refused): Promise<Response> {
    const { refusal, reason, setCookies } = refused
    const isPage = refusal.headers.get('content-type')?.startsWith('text/html') ?? false
    const byStatus: Readonly<Record<number, RefusedReason>> = {
      401: isSafeMethod(asked.method) ? 'sign_in' : 'input_lost',
      503: 'unavailable',
    }
    const said = byStatus[refusal.status] ?? reason ?? 'not_allowed'
    const response = isPage
      ? await showPage(c, said, refusal.status as ContentfulStatusCode, auth.links.signIn(asked))
      : refusal
    for (const [name, value] of Object.entries(auth.cors?.headers(asked) ?? {}))
      response.headers.set(name, value)
    response.headers.append('vary', 'Origin')
    return withCookies(response, setCookies)
  }

  return async (c: Context): Promise<Decision> => {
    const judged = judge(c)
    if ('cause' in judged) return { refusal: await refuseUnread(c, judged.cause, judged.host) }
    const { original, rule } = judged
    const auth = guardedOrigins(original.origin)
    const asked = askedOf(c, original)
    const { user, setCookies, refusal } = await auth.authenticate(asked)
    if (refusal) {
      // The middleware has logged it.
      noteRefusal(c, refusal.status === 403 ? 'foreign_origin' : 'api_token')
      return { refusal: await complete(c, auth, asked, { refusal, reason: 'cross_origin', setCookies }) }
    }
    const denied = guard(auth, asked, user, rule.allow)
    if (denied) {
      if (user.isAuthenticated) {
        noteRefusal(c, 'not_allowed')
        service.log.info(
          {
            event: 'forward_auth_refused',
            cause: 'rule',
            host: original.host,
            rule: rule.number,
            setting: 'FORWARD_AUTH_RULES',
          },
          'a rule refused a signed-in user',
        )
      }
      return { refusal: await complete(c, auth, asked, { refusal: denied, setCookies }) }
    }
    return { headers: passing(auth, user, setCookies, proxy) }
  }
}

interface Refused {
  readonly refusal: Response
  /** Default: by the status. */
  readonly reason?: RefusedReason
  readonly setCookies: readonly string[]
}

/** The code and the sentence for each refusal that does not depend on the user. */
const UNREAD: Readonly<Record<ForwardAuthRefusal, readonly [ProblemCode, string]>> = {
  untrusted_proxy: ['untrusted_proxy', 'Only a proxy in TRUSTED_PROXIES may ask here.'],
  missing_headers: ['proxy_headers', 'The proxy did not describe the request: see FORWARD_AUTH_PROXY.'],
  other_headers: ['proxy_headers', 'A header describes another URL than those of FORWARD_AUTH_PROXY.'],
  unreadable_headers: ['proxy_headers', 'The proxy described no request: see FORWARD_AUTH_PROXY.'],
  foreign_host: ['foreign_host', 'This host is not in the family, and not of a registered app.'],
  ambiguous_path: ['ambiguous_path', 'Programs could read this path in several ways.'],
}

/** Whether a browser asked for a page. */
function isForPeople(c: Context): boolean {
  const mode = c.req.header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return c.req.header('accept')?.includes('text/html') ?? false
}

/** The request behind the proxy as its own app would see it. */
function askedOf(c: Context, { method, origin, target, isUpgrade }: OriginalRequest): AuthRequest {
  const { host, protocol } = new URL(origin)
  const told: Readonly<Record<string, string | undefined>> = {
    host,
    'x-forwarded-host': host,
    'x-forwarded-proto': protocol.slice(0, -1),
    upgrade: isUpgrade ? 'websocket' : undefined,
  }
  return {
    method,
    target,
    header: (name) => (Object.hasOwn(told, name) ? told[name] : c.req.header(name)),
  }
}

function guard(auth: Auth, asked: AuthRequest, user: User, allow: RuleAccess): Response | null {
  if (allow === 'public') return null
  if (allow === 'signed-in') return auth.guard(asked, user)
  if (allow === 'staff') return auth.guard(asked, user, isStaff)
  return 'groups' in allow
    ? auth.guardGroups(asked, user, allow.groups)
    : auth.guardPermissions(asked, user, allow.permissions)
}

/** The headers of a 204, which the proxy gives to the upstream, and the cookies, which it gives to the browser. */
function passing(auth: Auth, user: User, setCookies: readonly string[], proxy: ForwardAuthProxy): Headers {
  const identity = user.isAuthenticated
    ? identityHeaders(user, auth.accessTokenOf(user))
    : identityHeaders(null, null)
  // Traefik passes on cookies by their names.
  const numbered = proxy === 'traefik' ? [] : numberedCookies(setCookies)
  const headers = new Headers([...identity, ...numbered, ['cache-control', 'private, no-store']])
  for (const line of setCookies) headers.append('set-cookie', line)
  return headers
}
