import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Service } from '../../service.ts'
import { pathOf } from '../forward-auth/ambiguous-path.ts'
import { createDecision } from '../forward-auth/decision.ts'
import { createForwardAuthLog } from '../forward-auth/forward-auth-log.ts'
import { createRefusalAnswers } from '../forward-auth/refusal-answers.ts'
import { inspectSite } from '../forward-auth/site-inspection.ts'
import { problem } from '../problems.ts'

/**
 * `GET /forward-auth`: whether a proxy may pass a request on, for sites without a middleware of their own. The apps'
 * middleware decides, by the rules of FORWARD_AUTH_RULES: 204 with the identity for the upstream, or the answer that the
 * proxy shows. nginx knows only 401 and 403 here, and shows what `GET /forward-auth/refusal` answers.
 */
export function forwardAuthEndpoint(service: Service, withLanguage: MiddlewareHandler): Hono {
  const { forwardAuthProxy: proxy } = service.config
  const log = createForwardAuthLog(service)
  if (proxy === undefined) {
    return new Hono().get('/forward-auth', (c, next) => {
      if (c.var.client.isProxied) log.isOff()
      return next()
    })
  }
  const answers = createRefusalAnswers(service, withLanguage, log)
  const decide = createDecision(service, proxy, answers)
  /** For the doctor, whose request must not reach the site. */
  const inspected = (c: Context): Response | null => {
    const seen = inspectSite(c, proxy, service)
    return seen && c.json(seen, 403, { 'cache-control': 'no-store' })
  }
  return new Hono()
    .get('/forward-auth', async (c, next) => {
      if (!isAsWritten(c)) return next()
      const seen = inspected(c)
      if (seen) return seen
      const decision = await decide(c)
      if ('headers' in decision) return new Response(null, { status: 204, headers: decision.headers })
      return proxy === 'nginx' ? withoutRedirect(decision.refusal) : decision.refusal
    })
    .get('/forward-auth/refusal', async (c, next) => {
      if (!isAsWritten(c)) return next()
      const seen = inspected(c)
      if (seen) return seen
      const decision = await decide(c)
      if ('refusal' in decision) return decision.refusal
      // nginx let the request pass, and has a refusal of its own: for a folder without an index.
      if (c.req.header('x-original-status') === '204') return answers.notFound(c)
      // Between both requests of nginx, the user was let in, or a process came back.
      return problem('unavailable', { title: 'Try again in a moment' })
    })
}

/**
 * Whether the path arrived as it is written here. In another spelling it may have come past a proxy that hides it from
 * clients.
 */
function isAsWritten(c: Context): boolean {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  const target = incoming?.url ?? new URL(c.req.url).pathname
  return ['/forward-auth', '/forward-auth/refusal'].includes(pathOf(target))
}

/** nginx takes a redirect for a failure of ours. */
const withoutRedirect = (refusal: Response): Response =>
  refusal.status === 302 ? new Response(null, { status: 401, headers: refusal.headers }) : refusal
