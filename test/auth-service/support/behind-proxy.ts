import type { Hono } from 'hono'
import type { Config } from '../../../auth-service/src/platform/config/config.ts'
import type {
  ForwardAuthProxy,
  ForwardAuthRules,
} from '../../../auth-service/src/platform/config/forward-auth-rules.ts'
import { createApp } from '../../../auth-service/src/web/app.tsx'
import { type Browser, openBrowser } from './browser.ts'
import type { OpenService, TestService } from './services.ts'
import { ADA } from './site.ts'

/** The address from which the proxy connects. */
export const PROXY = '127.0.0.1'

/** The site behind the proxy. */
export const WIKI = 'http://wiki.demo.localhost:8080'

/** What a client sends to the proxy. */
export interface SentToProxy {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

const FORWARDING: readonly ForwardAuthProxy[] = ['caddy', 'traefik']

/** The headers of a proxy about this request, as its documentation says. */
export function headersOfProxy(proxy: ForwardAuthProxy, url: string, method = 'GET'): Record<string, string> {
  const [, scheme = '', host = '', target = ''] = /^(\w+):\/\/([^/]+)(.*)$/.exec(url) ?? []
  return FORWARDING.includes(proxy)
    ? {
        'X-Forwarded-Method': method,
        'X-Forwarded-Proto': scheme,
        'X-Forwarded-Host': host,
        'X-Forwarded-Uri': target,
      }
    : { 'X-Original-Method': method, 'X-Original-URL': url }
}

/** The auth service in this process, with a proxy that asks at `/forward-auth`. */
export async function openBehindProxy(
  open: OpenService,
  proxy: ForwardAuthProxy,
  rules: Partial<ForwardAuthRules> = {},
  spoil: (service: TestService) => TestService = (it) => it,
  changes: Partial<Config> = {},
) {
  const service = await open({
    config: {
      forwardAuthProxy: proxy,
      forwardAuthRules: { rules: [], permissions: {}, ...rules },
      trustedProxies: [{ address: PROXY, prefix: 32 }],
      ...changes,
    },
  })
  const app = createApp(spoil(service))
  const origin = service.config.authUrl

  /** Asks as the proxy does; the browser keeps the cookies of the answer. */
  async function ask(
    url: string,
    { method, headers = {} }: SentToProxy = {},
    browser?: Browser,
    path = '/forward-auth',
  ): Promise<Response> {
    const cookie = (await browser?.jar.getCookieString(url)) ?? ''
    const sent = {
      'x-forwarded-for': '192.0.2.7',
      ...(cookie && { cookie }),
      ...headers,
      ...headersOfProxy(proxy, url, method),
    }
    const answer = await askRaw(app, sent, PROXY, path)
    for (const line of answer.headers.getSetCookie()) await browser?.jar.setCookie(line, url)
    return answer
  }

  return {
    service,
    app,
    ask,
    /** A browser in which a user has just registered. */
    async signedIn(person: Partial<typeof ADA> = {}): Promise<Browser> {
      const browser = openBrowser(app, { origin })
      const { status } = await browser.json('/register', { ...ADA, ...person })
      if (status !== 201) throw new Error(`Registration answered ${status}.`)
      return browser
    },
  }
}

/** Asks with exactly these headers, from this address. */
export async function askRaw(
  app: Pick<Hono, 'request'>,
  headers: Record<string, string>,
  from = PROXY,
  path = '/forward-auth',
): Promise<Response> {
  const incoming = { httpVersion: '1.1', socket: { remoteAddress: from } }
  return app.request(path, { headers }, { incoming })
}

/** A browser that opens a page. */
export const OPENING = {
  accept: 'text/html',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
} as const

/** A script of a page at this origin. */
export const scriptAt = (origin: string, site = 'same-origin') =>
  ({ accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-site': site, origin }) as const
