import { type AuthCore, type AuthRequest, isStaff, type User } from '@latchkey/jwt-middleware'
import { safeNext } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { ForwardAuthProxy } from '../../platform/config/forward-auth-rules.ts'
import type { Service } from '../../service.ts'
import { isFamilyOrigin } from '../middleware/family-cors.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { isAmbiguous, pathOf } from './ambiguous-path.ts'
import { createGuardedOrigins } from './guarded-origins.ts'
import { identityHeaders, numberedCookies } from './identity-headers.ts'
import { type OriginalRequest, readOriginalRequest } from './original-request.ts'
import type { RefusalAnswers } from './refusal-answers.ts'
import { type MatchedRule, matchRule } from './rule-match.ts'
import { createSiteRules, type SiteAccess } from './site-rules.ts'

/** A decision about a request behind the proxy: the headers for the upstream, or the answer to the client. */
type Decision = { readonly headers: Headers } | { readonly refusal: Response }

/** Decides whether the proxy may pass on the request that it describes: the apps' middleware, by the rules. */
export function createDecision(
  service: Service,
  proxy: ForwardAuthProxy,
  answers: Pick<RefusalAnswers, 'unread' | 'byMiddleware'>,
): (c: Context) => Promise<Decision> {
  const { config, apps, log } = service
  const { cookieDomain, https } = config
  const guardedOrigins = createGuardedOrigins(service)
  const siteRules = createSiteRules(service)

  const publicHost = new URL(config.authUrl).hostname
  /** Over https, the public name leads through the proxy: any client could ask, and read its own token. */
  const isPublic = (c: Context): boolean =>
    https && URL.parse(`https://${c.req.header('host')}`)?.hostname.replace(/\.$/, '') === publicHost

  const isServed = (origin: string): boolean =>
    isFamilyOrigin(origin, config) || apps.origins().includes(origin)

  /** Why this request is refused for every user; otherwise its rule. */
  function judge(c: Context) {
    if (!c.var.client.isProxied) return { cause: 'untrusted_proxy' } as const
    if (isPublic(c)) return { cause: 'public_request' } as const
    const read = readOriginalRequest(proxy, c.req.raw.headers)
    if (!read.ok) return { cause: read.reason } as const
    const { origin, host, target } = read.value
    if (!isServed(origin)) return { cause: 'foreign_host', host } as const
    const rules = siteRules(origin, host)
    if (rules === null) return { cause: 'other_origin', host } as const
    const matched = isAmbiguous(target) ? null : matchRule(rules, pathOf(target))
    const policy = { cookieDomain, httpsOnly: https, origins: apps.origins() }
    if (matched === null || safeNext(origin + pathOf(target), policy) === null) {
      return { cause: 'ambiguous_path', host } as const
    }
    return { original: read.value, matched }
  }

  function noteRule(c: Context, { host }: OriginalRequest, { rule }: MatchedRule): void {
    noteRefusal(c, 'not_allowed')
    const { app = null, number } = rule ?? {}
    const setting = app === null ? 'FORWARD_AUTH_RULES' : 'the rules of the app at /admin/apps'
    log.info(
      {
        event: 'forward_auth_refused',
        cause: 'rule',
        host,
        ...(app !== null && { app }),
        rule: number,
        setting,
      },
      'a rule refused a signed-in user',
    )
  }

  return async (c) => {
    const judged = judge(c)
    if ('cause' in judged) return { refusal: await answers.unread(c, judged.cause, judged.host) }
    const { original, matched } = judged
    const auth = guardedOrigins(original.origin)
    const asked = askedOf(c, original)
    const { user, setCookies, refusal } = await auth.authenticate(asked)
    if (refusal) {
      // The middleware has logged it.
      noteRefusal(c, refusal.status === 403 ? 'foreign_origin' : 'api_token')
      const refused = { refusal, reason: 'cross_origin', setCookies } as const
      return { refusal: await answers.byMiddleware(c, auth, asked, refused) }
    }
    const denied = guard(auth, asked, user, matched.allow)
    if (denied === null) return { headers: passing(auth, user, setCookies, proxy) }
    if (user.isAuthenticated) noteRule(c, original, matched)
    return { refusal: await answers.byMiddleware(c, auth, asked, { refusal: denied, setCookies }) }
  }
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

function guard(auth: AuthCore, asked: AuthRequest, user: User, allow: SiteAccess): Response | null {
  if (allow === 'public') return null
  if (allow === 'signed-in') return auth.guard(asked, user)
  if (allow === 'staff') return auth.guard(asked, user, isStaff)
  if ('groups' in allow) return auth.guardGroups(asked, user, allow.groups)
  for (const groups of allow.having) {
    const refusal = auth.guardGroups(asked, user, groups)
    if (refusal) return refusal
  }
  return null
}

/** The headers of a 204, which the proxy gives to the upstream, and the cookies, which it gives to the browser. */
function passing(
  auth: AuthCore,
  user: User,
  setCookies: readonly string[],
  proxy: ForwardAuthProxy,
): Headers {
  const identity = user.isAuthenticated
    ? identityHeaders(user, auth.accessTokenOf(user))
    : identityHeaders(null, null)
  // Traefik passes on cookies by their names.
  const numbered = proxy === 'traefik' ? [] : numberedCookies(setCookies)
  const headers = new Headers([...identity, ...numbered, ['cache-control', 'private, no-store']])
  for (const line of setCookies) headers.append('set-cookie', line)
  return headers
}
