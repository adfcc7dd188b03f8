import type { AuthCore, AuthRequest } from '@latchkey/jwt-middleware'
import { isSafeMethod } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Service } from '../../service.ts'
import { withCookies } from '../endpoints/refresh.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { type ProblemCode, problem, retryHeaders } from '../problems.ts'
import type { ForwardAuthLog, ForwardAuthRefusal } from './forward-auth-log.ts'
import { type RefusedReason, refusedPage } from './refused-page.tsx'

/** The answers that a proxy shows instead of its site: problems for programs, pages for browsers. */
export interface RefusalAnswers {
  /** To a request that is refused for every user; it is logged. */
  unread(c: Context, cause: ForwardAuthRefusal, host?: string): Promise<Response>
  /** The middleware's answer, with its pages in the language of the reader. */
  byMiddleware(c: Context, auth: AuthCore, asked: AuthRequest, refused: Refused): Promise<Response>
  /** To a request that may pass, where the proxy itself finds nothing. */
  notFound(c: Context): Promise<Response>
}

/** A refusal of the middleware. */
export interface Refused {
  readonly refusal: Response
  /** Default: by the status. */
  readonly reason?: RefusedReason
  readonly setCookies: readonly string[]
}

export function createRefusalAnswers(
  { config: { authUrl } }: Pick<Service, 'config'>,
  withLanguage: MiddlewareHandler,
  log: Pick<ForwardAuthLog, 'refused'>,
): RefusalAnswers {
  async function showPage(
    c: Context,
    reason: RefusedReason,
    status: ContentfulStatusCode,
    signInUrl: string | null = null,
  ): Promise<Response> {
    await withLanguage(c, async () => {})
    if (reason === 'unavailable') c.header('Retry-After', retryHeaders(reason)['retry-after'])
    return refusedPage(c, { reason, status, signInUrl, accountUrl: `${authUrl}/account` })
  }

  return {
    async unread(c, cause, host) {
      log.refused(cause, host)
      const [code, detail] = UNREAD[cause]
      noteRefusal(c, code)
      if (!isForPeople(c)) return problem(code, { title: 'Refused', detail })
      return showPage(c, cause === 'ambiguous_path' ? 'ambiguous_path' : 'failed', 403)
    },

    async byMiddleware(c, auth, asked, { refusal, reason, setCookies }) {
      const isPage = refusal.headers.get('content-type')?.startsWith('text/html') ?? false
      const byStatus: Readonly<Record<number, RefusedReason>> = {
        401: isSafeMethod(asked.method) ? 'sign_in' : 'input_lost',
        503: 'unavailable',
      }
      const said = byStatus[refusal.status] ?? reason ?? 'not_allowed'
      const response = isPage
        ? await showPage(c, said, refusal.status as ContentfulStatusCode, auth.links.signIn(asked))
        : refusal
      const readable = Object.entries(auth.cors?.headers(asked) ?? {})
      for (const [name, value] of readable) response.headers.set(name, value)
      response.headers.append('vary', 'Origin')
      return withCookies(response, setCookies)
    },

    async notFound(c) {
      noteRefusal(c, 'not_found')
      return isForPeople(c) ? showPage(c, 'not_found', 404) : problem('not_found', { title: 'Not found' })
    },
  }
}

/** The code and the sentence for each refusal that does not depend on the user. */
const UNREAD: Readonly<Record<ForwardAuthRefusal, readonly [ProblemCode, string]>> = {
  untrusted_proxy: ['untrusted_proxy', 'Only a proxy in TRUSTED_PROXIES may ask here.'],
  public_request: ['untrusted_proxy', 'A proxy asks at the internal address of this service.'],
  forged_identity: [
    'proxy_headers',
    'A header looks like one about the user, which only the proxy may send.',
  ],
  missing_headers: ['proxy_headers', 'The proxy did not describe the request: see FORWARD_AUTH_PROXY.'],
  other_headers: ['proxy_headers', 'A header describes another URL than those of FORWARD_AUTH_PROXY.'],
  unreadable_headers: ['proxy_headers', 'The proxy described no request: see FORWARD_AUTH_PROXY.'],
  foreign_host: ['foreign_host', 'This host is not in the family, and not of a registered app.'],
  other_origin: [
    'foreign_host',
    'The app of this host is registered under another scheme or port, or two apps are registered for it.',
  ],
  ambiguous_path: ['ambiguous_path', 'Programs could read this path in several ways.'],
}

/** Whether a browser asked for a page. */
function isForPeople(c: Context): boolean {
  const mode = c.req.header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return c.req.header('accept')?.includes('text/html') ?? false
}
