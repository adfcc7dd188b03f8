import { describe, expect, it } from 'vitest'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { APP } from '../../support/tokens.ts'
import { ADA, openSite, type Site } from '../support/site.ts'

/** Public responses; all other routes set cookies or depend on them. */
const FOR_EVERYBODY = new Set([
  'GET /',
  'GET /assets/:name',
  'GET /.well-known/jwks.json',
  'GET /.well-known/change-password',
  'GET /healthz',
  'GET /revocations',
  'POST /introspect',
  'POST /revoke',
  'POST /token',
  'POST /device/code',
  'POST /device/token',
  'PUT /permissions',
])
/** Routes of programs, proxies and scripts, whose answers no browser opens. */
const NO_PAGES = new Set(['GET /forward-auth', 'GET /healthz/inspect', 'POST /refresh'])

const JSON_TYPE = { accept: 'application/json', 'content-type': 'application/json' }
const FORM = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }

/** Routes as `METHOD /path`; middleware is not a route. */
const routesOf = ({ app }: Site) => [
  ...new Set(
    app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
  ),
]

const pathOf = (route: string) => (route.split(' ')[1] as string).replace(/:\w+(\{[^/]*\})?/, '1')

interface Answer {
  readonly what: string
  readonly response: Response
}

/** The cookies of a session that has ended. */
async function pastCookies(site: Site): Promise<string> {
  const over = await site.signedIn({ email: `${Math.random()}@example.com` })
  const past = await over.jar.getCookieString(site.origin)
  await site.service.sessions.endFrom(parseCookies(past))
  return past
}

/** The responses of a route to every kind of client, with valid and invalid requests. */
async function answersOf(site: Site, route: string, past: string): Promise<Answer[]> {
  const [method = ''] = route.split(' ')
  const browser = await site.signedIn({ email: `${Math.random()}@example.com` })
  const cookie = await browser.jar.getCookieString(site.origin)
  const tangled = `${cookie}; jwt.refresh=x; jwt.access=x`
  const visitors = {
    stranger: '',
    'signed in': cookie,
    'after the session has ended': past,
    tangled,
  }
  const own = { origin: site.origin, 'sec-fetch-site': 'same-origin' }
  const requests: Record<string, RequestInit> =
    method === 'GET'
      ? { 'a page': { headers: { accept: 'text/html' } }, JSON: { headers: { accept: 'application/json' } } }
      : {
          'a form without its token': { headers: { ...FORM, ...own }, body: 'email=a' },
          'a form of a sibling': {
            headers: { ...FORM, origin: APP, 'sec-fetch-site': 'same-site' },
            body: '',
          },
          'JSON that lacks all fields': { headers: { ...JSON_TYPE, ...own }, body: '{}' },
          'good JSON': { headers: { ...JSON_TYPE, ...own }, body: JSON.stringify(ADA) },
          'no JSON': { headers: { ...JSON_TYPE, ...own }, body: '{' },
        }
  const answers: Answer[] = []
  for (const [who, header] of Object.entries(visitors)) {
    for (const [how, init] of Object.entries(requests)) {
      const headers = { ...init.headers, ...(header && { cookie: header }) }
      const response = await site.app.request(pathOf(route), { ...init, method, headers })
      answers.push({ what: `${route}, ${how}, of ${who}: ${response.status}`, response })
    }
  }
  return answers
}

/** Responses that a cache may store or share. */
async function careless(site: Site, routes: readonly string[]) {
  const wrong: unknown[] = []
  const past = await pastCookies(site)
  for (const route of routes) {
    for (const { what, response } of await answersOf(site, route, past)) {
      const [cacheControl, vary] = [response.headers.get('cache-control'), response.headers.get('vary')]
      const varies = NO_PAGES.has(route) || vary?.split(/, */).includes('Cookie')
      if (cacheControl !== 'private, no-store' || !varies) wrong.push([what, cacheControl, vary])
    }
  }
  return wrong
}

const personal = (site: Site) => routesOf(site).filter((route) => !FOR_EVERYBODY.has(route))

describe('No cache stores', () => {
  it('a response that sets or depends on a cookie, for any kind of request', async () => {
    const site = await openSite()
    expect(routesOf(site)).toEqual(expect.arrayContaining([...FOR_EVERYBODY, ...NO_PAGES]))
    expect(personal(site)).toEqual(expect.arrayContaining(['GET /login', 'POST /logout', 'GET /account']))
    expect(await careless(site, personal(site))).toEqual([])
  })

  it("such a page's response while the database is unavailable", async () => {
    const outage = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    const site = await openSite({}, (service) => {
      const renewFrom = () => Promise.reject(outage)
      const signIn = () => Promise.reject(outage)
      return {
        ...service,
        sessions: { ...service.sessions, renewFrom },
        accounts: { ...service.accounts, signIn },
      }
    })
    const routes = personal(site)
    expect((await site.app.request('/login')).status).toBe(503)
    expect(await careless(site, routes)).toEqual([])
  })

  it('a cookie: public responses set none', async () => {
    const site = await openSite()
    const past = await pastCookies(site)
    for (const route of FOR_EVERYBODY) {
      for (const { what, response } of await answersOf(site, route, past)) {
        expect([what, response.headers.getSetCookie()]).toEqual([what, []])
      }
    }
  })
})
