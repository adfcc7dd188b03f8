import { describe, expect, it } from 'vitest'
import { APP } from '../../../support/tokens.ts'
import { ADA, openSite, PASSWORD } from '../../support/site.ts'

const NEXT = `${APP}/notes?page=2`
const PATH = `/login?${new URLSearchParams({ next: NEXT })}`
const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }
const HTTPS = { authUrl: 'https://auth.example.com', cookieDomain: 'example.com', https: true }

/** The site, and its response to a page request with these headers. */
async function open(config: Parameters<typeof openSite>[0] = {}) {
  const site = await openSite(config)
  const get = (path: string, headers: Record<string, string>) =>
    site.app.request(site.origin + path, { headers: { ...PAGE, ...headers } })
  return { ...site, get }
}

describe('A page opened under another name than AUTH_URL', () => {
  it.each(['127.0.0.1:4000', 'localhost:4000', 'auth.demo.localhost.:4000', '[::1]:4000', 'evil.example'])(
    '%s redirects to AUTH_URL with the full path and query',
    async (host) => {
      const { get, origin } = await open()
      const answer = await get(PATH, { host })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, `${origin}${PATH}&moved=1`])
      expect((await get('/account', { host })).headers.get('location')).toBe(`${origin}/account?moved=1`)
      expect((await get('//evil.example/x', { host })).headers.get('location')).toBe(
        `${origin}//evil.example/x?moved=1`,
      )
    },
  )

  it('over http redirects to an https AUTH_URL, if the proxy reports it', async () => {
    const { get, origin } = await open(HTTPS)
    const own = { host: 'auth.example.com' }
    const plain = await get(PATH, { ...own, 'x-forwarded-proto': 'http' })
    expect([plain.status, plain.headers.get('location')]).toEqual([302, `${origin}${PATH}&moved=1`])
    expect((await get(PATH, { ...own, 'x-forwarded-proto': 'https' })).status).toBe(200)
    expect((await get(PATH, own)).status).toBe(200)
  })

  it.each([
    ['unchanged', { host: 'auth.demo.localhost:4000' }],
    ['in upper case', { host: 'AUTH.Demo.Localhost:4000' }],
    ['without its port', { host: 'auth.demo.localhost' }],
    ['reported by a proxy', { host: 'backend:4000', 'x-forwarded-host': 'auth.demo.localhost:4000' }],
    ['over https where AUTH_URL is http', { host: 'auth.demo.localhost', 'x-forwarded-proto': 'https' }],
  ])('is not redirected away from AUTH_URL: %s', async (_, headers) => {
    const { get } = await open()
    expect((await get(PATH, headers)).status).toBe(200)
  })

  const cookieOf = (answer: Response) =>
    answer.headers.getSetCookie().find((line) => /^moved=/.test(line)) ?? ''
  const causesIn = ({ service }: Awaited<ReturnType<typeof open>>) =>
    service.logged.filter(({ event }) => event === 'opened_elsewhere').map(({ cause }) => cause)

  it('is redirected only once behind a proxy that sends a Host of its own', async () => {
    const site = await open()
    const { get, origin } = site
    const host = 'backend:4000'
    const first = await get(PATH, { host })
    const sent = cookieOf(first)
    expect(sent).toBe('moved=sent; Path=/; HttpOnly; SameSite=Lax')
    const target = (first.headers.get('location') ?? '').slice(origin.length)
    const second = await get(target, { host, cookie: 'moved=sent' })
    expect([second.status, cookieOf(second)]).toEqual([200, 'moved=back; Path=/; HttpOnly; SameSite=Lax'])
    expect((await get('/login', { host, cookie: 'moved=back' })).status).toBe(200)
    expect((await get('/login', { host: '127.0.0.1:4000' })).status, 'other names still lead there').toBe(302)
    expect(causesIn(site)).toEqual(['other_name', 'rewritten_host', 'other_name'])
  })

  it('is not redirected in a loop if the browser stores no cookies', async () => {
    const { get, origin } = await open()
    const host = 'backend:4000'
    const target = ((await get(PATH, { host })).headers.get('location') ?? '').slice(origin.length)
    expect((await get(target, { host })).status).toBe(200)
  })

  it('still redirects all other browsers, whatever a stranger opens', async () => {
    const site = await open()
    const { get } = site
    const host = '192.0.2.7'
    const opened = await get('/login?moved=1', { host })
    expect([opened.status, cookieOf(opened)], 'this service did not send it there').toEqual([200, ''])
    expect(causesIn(site)).toEqual([])
    await get('/login?moved=1', { host, cookie: 'moved=sent' })
    await get('/login', { host, cookie: 'moved=back' })
    for (const cookie of ['', 'moved=sent', 'moved=1', 'other=back'])
      expect((await get('/login', { host, cookie })).status).toBe(302)
  })

  it('does not affect programs: keys, health, feed, renewals, introspection and JSON', async () => {
    const { app, origin } = await open()
    const headers = { host: '127.0.0.1:4000' }
    const ask = async (path: string, init: RequestInit = {}) =>
      (await app.request(origin + path, { ...init, headers: { ...headers, ...init.headers } })).status
    expect(await ask('/.well-known/jwks.json', { headers: PAGE })).toBe(200)
    expect(await ask('/healthz', { headers: PAGE })).toBe(200)
    expect(await ask('/revocations', { headers: PAGE })).toBe(200)
    expect(await ask('/refresh', { method: 'POST' })).toBe(401)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await ask('/introspect', { method: 'POST', headers: form, body: 'token=x' })).toBe(200)
    expect(await ask('/account', { headers: { accept: 'application/json' } })).toBe(401)
    expect(await ask('/login', { headers: { accept: '*/*' } })).toBe(200)
  })
})

describe('A form on a page under another name than AUTH_URL', () => {
  const sent = { email: ADA.email, password: PASSWORD }

  /** Signs in like a browser on a page of this origin. */
  async function signIn(origin: string, config: Parameters<typeof openSite>[0] = {}, more = {}) {
    const site = await openSite(config)
    await site.signedIn()
    const browser = site.browser()
    const fields = (await browser.get(PATH)).form('/login')
    const answer = await browser.request('/login', {
      method: 'POST',
      headers: {
        origin,
        referer: `${origin}${PATH}`,
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'content-type': 'application/x-www-form-urlencoded',
        ...more,
      },
      body: new URLSearchParams({ ...fields, ...sent }).toString(),
    })
    return { site, answer }
  }

  it.each(['http://127.0.0.1:4000', 'http://localhost:4000', 'http://auth.demo.localhost.:4000'])(
    '%s signs no one in, since the browser would drop the cookies, and says where to go',
    async (origin) => {
      const { site, answer } = await signIn(origin)
      expect(answer.status).toBe(403)
      expect(answer.html).toContain('your browser would not keep you signed in')
      expect(answer.html).toContain(`href="${site.origin}${PATH.replaceAll('&', '&amp;')}"`)
      expect(answer.headers.getSetCookie().join()).not.toContain('jwt.')
      expect(site.service.logged).toContainEqual(
        expect.objectContaining({ cause: 'other_address', expected: site.origin, setting: 'AUTH_URL' }),
      )
    },
  )

  it('says so, too, if the browser does not report the page as same-origin', async () => {
    const plain = 'http://auth.lan:4000'
    const site = await openSite()
    const answer = await site.app.request(`${site.origin}/login`, {
      method: 'POST',
      headers: { host: 'auth.lan:4000', origin: plain, referer: `${plain}${PATH}`, accept: 'text/html' },
    })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('your browser would not keep you signed in')
  })

  it.each([
    ['AUTH_URL', 'http://auth.demo.localhost:4000'],
    ['another name of the family', 'http://login.demo.localhost:4000'],
    ['another port', 'http://auth.demo.localhost:9999'],
    ['no reported origin', 'null'],
  ])('signs in if the browser stores the cookies: %s', async (_, origin) => {
    expect((await signIn(origin)).answer.location).toBe(NEXT)
  })

  it('leads only to AUTH_URL, for any URL of the page', async () => {
    const { site, answer } = await signIn(
      'http://127.0.0.1:4000',
      {},
      { referer: 'http://evil.example/login?x=1' },
    )
    expect(answer.html).toContain(`href="${site.origin}/"`)
    expect(answer.html).not.toContain('evil')
  })
})
