import { type AuthOptions, auth } from '@latchkey/jwt-middleware/next'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Behaviour, startSuiteSite } from '../support/next-suite-site.ts'
import { openOidcApp } from '../support/oidc-app.ts'
import { untilTold } from '../support/oidc-partner.ts'

// Next does so when its server starts, which is later than these imports.
vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks')
  Object.assign(globalThis, { AsyncLocalStorage })
})

let site: Awaited<ReturnType<typeof startSuiteSite>>
beforeAll(async () => {
  site = await startSuiteSite()
}, 300_000)
afterAll(() => site?.close())
afterEach(() => vi.useRealTimers())

type Web = ReturnType<typeof auth>

/** A built site off the domain, where Ada is signed in to the family. */
const open = (behaviourOf: (web: Web) => Behaviour, more: Partial<AuthOptions> = {}) =>
  openOidcApp((options) => {
    const web = auth({ ...options, ...more })
    onTestFinished(() => web.close())
    return site.listener(behaviourOf(web))
  })

type Opened = Awaited<ReturnType<typeof open>>

/** A page, a server action that signs out, and a route handler, behind the proxy. */
const whole = (web: Web): Behaviour => ({
  proxy: web.proxy,
  pages: { private: async () => (await web.loginRequired()).email, form: () => web.getUser() },
  actions: { leave: () => web.endSession({ next: '/pages/form' }) },
  routes: {
    '/private': web.loginRequired((_request, user) => new Response(user.email)),
    '/sign-out': web.signOut(),
  },
})

/** Sends the form of the page, as browsers without scripts do. */
async function act({ ada, ownUrl }: Opened, action: string) {
  const { html } = await ada.get(`${ownUrl}/pages/form`)
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)]
  const all = [...fields.map(([, name = '', value = '']) => [name, value]), ['action', action]]
  const parts = all.map(
    ([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return ada.request(`${ownUrl}/pages/form`, {
    method: 'POST',
    body: `${parts.join('')}--edge--\r\n`,
    headers: {
      origin: ownUrl,
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      'content-type': 'multipart/form-data; boundary=edge',
    },
  })
}

describe('A site on Next.js off the domain', () => {
  it('signs its users in for pages and route handlers, renews in the proxy, and hears of sign-outs elsewhere', async () => {
    const app = await open(whole)
    const { site: service, ada, ownUrl, visit, logged } = app
    const { url, page } = await visit('/pages/private?page=2')
    expect([url, page.status]).toEqual([`${ownUrl}/pages/private?page=2`, 200])
    expect(page.html).toContain('ada@example.com')
    expect((await ada.get(`${ownUrl}/private`)).html).toBe('ada@example.com')

    service.wait(331)
    const renewed = await ada.get(`${ownUrl}/pages/private`)
    expect([renewed.status, renewed.headers.getSetCookie().length]).toEqual([200, 1])
    expect([renewed.headers.get('cache-control'), renewed.html.includes('ada@example.com')]).toEqual([
      'private, no-store',
      true,
    ])

    const user = await service.service.users.findByEmail('ada@example.com')
    await service.service.sessions.endAll(user?.id as number)
    const asProgram = () => ada.request(`${ownUrl}/private`, { headers: { accept: 'application/json' } })
    await untilTold(service, async () => expect((await asProgram()).status).toBe(401))
    expect((await ada.get(`${ownUrl}/pages/private`)).location).toContain('/auth/sign-in?next=')
    expect(logged.filter(({ event }) => event === 'logout_token_refused')).toEqual([])
  })

  it('leads from a sign-out in a route handler and in a server action to the question of the auth service', async () => {
    const app = await open(whole)
    const { site: service, ada, ownUrl, visit } = app
    await visit('/pages/private')
    const page = await ada.post('/sign-out', {})
    expect([page.status, page.refresh]).toEqual([
      200,
      expect.stringContaining(`${service.origin}/oidc/logout?`),
    ])
    expect((await ada.get(`${ownUrl}/pages/private`)).location).toContain('/auth/sign-in?next=')

    await visit('/pages/private')
    const left = await act(app, 'leave')
    expect([left.status, left.location]).toEqual([
      303,
      expect.stringContaining(`${service.origin}/oidc/logout?`),
    ])
    expect((await ada.get(`${ownUrl}/pages/form`)).html).toContain('&quot;isAuthenticated&quot;:false')
  })

  it('begins no sign-in for its router, which opens the address itself', async () => {
    const { ada, ownUrl } = await open(whole)
    const address = `${ownUrl}/auth/sign-in?next=/pages/private`
    for (const headers of [
      { rsc: '1', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', accept: '*/*' },
      { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', accept: '*/*', 'sec-purpose': 'prefetch' },
    ]) {
      const answer = await ada.request(address, { headers })
      expect([answer.status, answer.location, answer.headers.getSetCookie()]).toEqual([204, null, []])
    }
    expect((await ada.get(address)).status).toBe(302)
  })

  it('answers its addresses in a route handler, where the proxy does not cover them', async () => {
    const {
      site: service,
      ada,
      ownUrl,
      visit,
    } = await open((web) => {
      const missing = web.handle(() => new Response(null, { status: 404 }))
      return {
        pages: { private: async () => (await web.loginRequired()).email },
        routes: {
          '/private': web.loginRequired((_request, user) => new Response(user.email)),
          ...Object.fromEntries(
            ['sign-in', 'callback', 'back-channel-logout', 'nothing'].map((name) => [
              `/auth/${name}`,
              missing,
            ]),
          ),
        },
      }
    })
    expect((await visit('/private')).page.html).toBe('ada@example.com')
    expect((await ada.get(`${ownUrl}/pages/private`)).html).toContain('ada@example.com')
    expect((await ada.get(`${ownUrl}/auth/nothing`)).status).toBe(404)
    const user = await service.service.users.findByEmail('ada@example.com')
    await service.service.sessions.endAll(user?.id as number)
    await untilTold(service, async () =>
      expect((await ada.get(`${ownUrl}/private`)).location).toContain('/auth/sign-in?next='),
    )
  })

  it('checks a session that has to be renewed where nothing can renew it, and ends it with the family’s', async () => {
    const { site: service, ada, ownUrl, visit } = await open(whole)
    await visit('/pages/private')
    service.wait(331)
    const ahead = { 'next-router-prefetch': '1', 'sec-fetch-mode': 'navigate', accept: 'text/html' }
    const page = await ada.request(`${ownUrl}/pages/private`, { headers: ahead })
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []])
    expect(page.html).toContain('ada@example.com')
    const user = await service.service.users.findByEmail('ada@example.com')
    await service.service.sessions.endAll(user?.id as number)
    expect((await ada.request(`${ownUrl}/pages/private`, { headers: ahead })).location).toContain(
      '/auth/sign-in?next=',
    )
  })

  it('answers 503, and signs no one out, while the auth service is unavailable', async () => {
    let isDown = false
    const {
      site: service,
      ada,
      ownUrl,
      visit,
    } = await openOidcApp((options) => {
      const web = auth({
        ...options,
        fetch: async (input, init) => {
          if (isDown) throw new TypeError('fetch failed')
          return (options.fetch as typeof globalThis.fetch)(input, init)
        },
      })
      onTestFinished(() => web.close())
      return site.listener(whole(web))
    })
    await visit('/pages/private')
    service.wait(331)
    isDown = true
    expect((await ada.get(`${ownUrl}/private`)).status).toBe(503)
    isDown = false
    expect((await ada.get(`${ownUrl}/private`)).html).toBe('ada@example.com')
  })
})
