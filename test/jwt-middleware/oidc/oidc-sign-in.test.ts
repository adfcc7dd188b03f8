import { LatchkeyError } from '@latchkey/jwt-middleware'
import { oidc } from '@latchkey/jwt-middleware/oidc'
import type { Cookie } from 'tough-cookie'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createInternalApp } from '../../../auth-service/src/web/internal-app.ts'
import { ADA } from '../../auth-service/support/site.ts'
import { openPartner, PARTNER, sessionCookie, untilCallback, visit } from '../support/oidc-partner.ts'

afterEach(() => vi.useRealTimers())

describe('An app off the domain', () => {
  it('signs in a user of the family without a form, and brings them back to their page', async () => {
    const { signedIn, site } = await openPartner()
    const ada = await signedIn()
    const { url, page, trail } = await visit(ada, '/private?tab=2')
    expect(url).toBe(`${PARTNER}/private?tab=2`)
    expect([page.status, page.html]).toEqual([200, 'Hello, ada@example.com'])
    expect(trail.map((one) => new URL(one).pathname)).toEqual([
      '/private',
      '/auth/sign-in',
      '/oidc/auth',
      '/auth/callback',
      '/private',
    ])
    const user = JSON.parse((await ada.get(`${PARTNER}/`)).html)
    const stored = await site.service.users.findByEmail(ADA.email)
    expect(user).toMatchObject({
      isAuthenticated: true,
      id: 1,
      uuid: stored?.uuid,
      email: ADA.email,
      emailVerified: false,
      firstName: 'Ada',
      lastName: 'Lovelace',
      isStaff: false,
      isSuperuser: false,
      groups: [],
    })
  })

  it('keeps a session of its own, in one sealed cookie of its host alone', async () => {
    const { signedIn } = await openPartner()
    const ada = await signedIn()
    const callback = await untilCallback(ada, '/private')
    const answer = await ada.get(callback)
    const [line = ''] = answer.headers.getSetCookie()
    expect(line).toMatch(
      /^__Host-latchkey\.session=[\w.-]{300,1500}; Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(Buffer.from(line.split('.')[4] ?? '', 'base64url').toString()).not.toContain('ada')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it('shows the form to a stranger', async () => {
    const { browser } = await openPartner()
    const { url, page } = await visit(browser(), '/private')
    expect(new URL(url).pathname).toBe('/login')
    expect(page.html).toContain('Partner')
  })

  it('has the same guards', async () => {
    const { signedIn, browser } = await openPartner()
    const ada = await signedIn()
    await visit(ada, '/private')
    expect((await ada.get(`${PARTNER}/staff`)).status).toBe(403)
    const stranger = await browser().request(`${PARTNER}/private`, {
      headers: { accept: 'application/json' },
    })
    expect(stranger.status).toBe(401)
    expect(JSON.parse(stranger.html)).toMatchObject({
      login_url: `${PARTNER}/auth/sign-in?next=${encodeURIComponent(`${PARTNER}/private`)}`,
    })
  })

  it('has the same links, of which two lead to addresses of its own', async () => {
    const { site, browser } = await openPartner()
    const next = encodeURIComponent(`${PARTNER}/a`)
    expect(JSON.parse((await browser().get(`${PARTNER}/links`)).html)).toEqual([
      `${PARTNER}/auth/sign-in?next=${next}`,
      `${site.origin}/register?next=${next}`,
      `${PARTNER}/auth/sign-out?next=${next}`,
      `${site.origin}/account`,
    ])
  })

  it('takes groups and flags from the provider', async () => {
    const { signedIn, site } = await openPartner()
    const ada = await signedIn()
    const user = await site.service.users.findByEmail(ADA.email)
    await site.service.administration.change(user?.uuid as string, { isStaff: true }, OPERATOR)
    const { page } = await visit(ada, '/staff')
    expect(page.html).toBe('staff')
  })

  it('leads to none but its own pages', async () => {
    const { signedIn } = await openPartner()
    const ada = await signedIn()
    for (const next of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      'javascript:alert(1)',
      'https://partner.example.evil.example/',
      'https://partner.example@evil.example/',
      '/auth/sign-in?next=/',
      '/auth/callback',
      `/${'x'.repeat(5000)}`,
    ]) {
      const { url } = await visit(ada, `/auth/sign-in?${new URLSearchParams({ next })}`)
      expect(new URL(url).origin, next).toBe(PARTNER)
      expect(new URL(url).pathname, next).not.toMatch(/^\/auth\//)
    }
    const { url } = await visit(ada, `/auth/sign-in?next=/private%3Fa=${'x'.repeat(5000)}`)
    expect(url, 'what is too long loses its query').toBe(`${PARTNER}/private`)
  })

  it('starts without the auth service, answers 503, and signs in once it is there', async () => {
    const { signedIn, network, partner } = await openPartner()
    const ada = await signedIn()
    network.isDown = true
    const { page } = await visit(ada, '/private')
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5'])
    expect(page.html).toContain('Temporarily unavailable')
    expect(partner.logged).toContainEqual(
      expect.objectContaining({
        event: 'oidc_unavailable',
        remedy: expect.stringContaining('AUTH_INTERNAL_URL'),
      }),
    )
    network.isDown = false
    expect((await visit(ada, '/private')).page.html).toBe('Hello, ada@example.com')
  })

  it.each(['its public listener', 'its listener for apps'])(
    'reaches the auth service from inside at %s, while browsers go to its public address',
    async (listener) => {
      const inside: string[] = []
      const { site, signedIn, balancer, start } = await openPartner()
      const app = listener === 'its public listener' ? site.app : createInternalApp(site.service)
      balancer.at = start(undefined, {
        authInternalUrl: 'http://auth.internal:4000',
        fetch: async (input, init) => {
          inside.push(new URL(String(input)).origin)
          return app.request(String(input), init as RequestInit)
        },
      })
      const ada = await signedIn()
      const { url, page, trail } = await visit(ada, '/private')
      expect([url, page.html]).toEqual([`${PARTNER}/private`, 'Hello, ada@example.com'])
      const origins = [PARTNER, PARTNER, site.origin, PARTNER, PARTNER]
      expect(trail.map((one) => new URL(one).origin)).toEqual(origins)
      expect((await ada.get(`${PARTNER}/fresh`)).html).toBe('fresh')
      const headers = { origin: PARTNER, accept: 'application/json' }
      const answer = await ada.request(`${PARTNER}/sign-out`, { method: 'POST', headers })
      expect(answer.status).toBe(204)
      expect([...new Set(inside)]).toEqual(['http://auth.internal:4000'])
    },
  )

  it('speaks German to those who prefer it', async () => {
    const { browser } = await openPartner()
    const page = await browser().request(`${PARTNER}/auth/callback?state=x`, {
      headers: { 'accept-language': 'fr, de-AT, en', 'sec-fetch-mode': 'navigate' },
    })
    expect(page.html).toContain('<html lang="de">')
    expect(page.title).toBe('Diese Anmeldung ist abgelaufen')
  })
})

describe('A sign-in', () => {
  it('succeeds in two tabs at once, in any order', async () => {
    const { signedIn } = await openPartner()
    const ada = await signedIn()
    const one = await untilCallback(ada, '/auth/sign-in?next=/private')
    const other = await untilCallback(ada, '/auth/sign-in?next=/staff')
    expect(new URL(one).searchParams.get('state')).not.toBe(new URL(other).searchParams.get('state'))
    expect((await ada.get(other)).location).toBe(`${PARTNER}/staff`)
    expect((await ada.get(one)).location).toBe(`${PARTNER}/private`)
    expect((await visit(ada, '/private')).page.status).toBe(200)
  })

  it('succeeds in two first tabs at once, of which only one has its cookie', async () => {
    const { signedIn, partner } = await openPartner()
    const ada = await signedIn()
    // Both requests leave before either answer has come.
    const [first, second] = await Promise.all(
      ['/private', '/staff'].map((next) => partner.app.request(`${PARTNER}/auth/sign-in?next=${next}`)),
    )
    for (const answer of [first, second]) {
      const [line = ''] = answer?.headers.getSetCookie() ?? []
      await ada.jar.setCookie(line, PARTNER)
    }
    const one = await visit(ada, first?.headers.get('location') as string)
    const other = await visit(ada, second?.headers.get('location') as string)
    expect([one.url, other.url]).toEqual([`${PARTNER}/private`, `${PARTNER}/staff`])
    expect([one.page.status, other.page.status]).toEqual([200, 403])
  })

  it('is not repeated when its callback is opened again', async () => {
    const { signedIn, asked } = await openPartner()
    const ada = await signedIn()
    const callback = await untilCallback(ada, '/private')
    await ada.get(callback)
    const before = asked.filter((path) => path === '/oidc/token').length
    expect((await ada.get(callback)).location).toBe(`${PARTNER}/private`)
    expect(asked.filter((path) => path === '/oidc/token')).toHaveLength(before)
    expect((await visit(ada, '/private')).page.status).toBe(200)
  })

  it('begins anew if its code is of no use', async () => {
    const { signedIn, site } = await openPartner()
    const ada = await signedIn()
    const callback = await untilCallback(ada, '/private')
    site.wait(61)
    const { url, page } = await visit(ada, callback)
    expect([url, page.html]).toEqual([`${PARTNER}/private`, 'Hello, ada@example.com'])
  })

  it('expires after an hour, with a link to a new one', async () => {
    const { signedIn, site, partner } = await openPartner()
    const ada = await signedIn()
    const callback = await untilCallback(ada, '/private')
    site.wait(3601)
    const page = await ada.get(callback)
    expect(page.status).toBe(400)
    expect(page.title).toBe('This sign-in has expired')
    expect(page.html).toContain(`href="${PARTNER}/auth/sign-in?next=`)
    expect(partner.logged.filter(({ event }) => event === 'oidc_unavailable')).toEqual([])
  })

  it.each([
    ['no state', ''],
    ['an invented one', 'state=invented'],
    ['a sealed session instead', 'state={session}'],
  ])('is refused with %s', async (_, query) => {
    const { signedIn } = await openPartner()
    const ada = await signedIn()
    await visit(ada, '/private')
    const cookie = await sessionCookie(ada)
    const page = await ada.get(`${PARTNER}/auth/callback?code=x&${query.replace('{session}', cookie)}`)
    expect([page.status, page.location]).toEqual([400, null])
  })

  it('that a stranger began leads to one of the browser’s own', async () => {
    const { signedIn } = await openPartner()
    const ada = await signedIn()
    const mallory = await signedIn({ email: 'mallory@example.com' })
    const planted = await untilCallback(mallory, '/private')
    const { page } = await visit(ada, planted)
    expect(page.html).toBe('Hello, ada@example.com')
  })

  it('says what is wrong if the browser sends no cookie back, and does not go round for ever', async () => {
    const { signedIn, partner } = await openPartner()
    const ada = await signedIn()
    const keep = ada.jar.setCookie.bind(ada.jar)
    ada.jar.setCookie = (async (cookie: string | Cookie, url: string) =>
      url.startsWith(PARTNER) ? undefined : keep(cookie, url)) as never
    const { page } = await visit(ada, '/private')
    expect(page.status).toBe(400)
    expect(page.html).toContain('Allow cookies for this site')
    expect(partner.logged).toContainEqual(
      expect.objectContaining({ event: 'oidc_sign_in_failed', cause: 'no_cookie', setting: 'OWN_URL' }),
    )
  })

  it('does not accept the answer of another issuer (RFC 9207)', async () => {
    const { signedIn, partner } = await openPartner()
    const ada = await signedIn()
    const callback = new URL(await untilCallback(ada, '/private'))
    callback.searchParams.set('iss', 'https://evil.example')
    const page = await ada.get(callback.href)
    expect(page.status).toBe(500)
    expect(await sessionCookie(ada)).toBe('')
    expect(partner.logged).toContainEqual(expect.objectContaining({ event: 'oidc_misconfigured' }))
  })

  it.each([
    ['access_denied', 403, 'You were not signed in'],
    ['login_required', 403, 'You were not signed in'],
    ['temporarily_unavailable', 503, 'Temporarily unavailable'],
    ['unauthorized_client', 500, 'You could not be signed in'],
    ['<script>', 500, 'You could not be signed in'],
  ])(
    'that the provider refuses with %s gets a page, and a line that names a setting',
    async (error, status, title) => {
      const { signedIn, site, partner } = await openPartner()
      const ada = await signedIn()
      const state = new URL(await untilCallback(ada, '/private')).searchParams.get('state') as string
      const query = new URLSearchParams({ error, state, iss: site.origin })
      const page = await ada.get(`${PARTNER}/auth/callback?${query}`)
      expect([page.status, page.title]).toEqual([status, title])
      expect(page.html).not.toContain('<script>')
      const line = partner.logged.find(({ event }) => String(event).startsWith('oidc_'))
      expect(line).toBeDefined()
      expect(JSON.stringify(line)).toMatch(/"setting"|"remedy"/)
    },
  )

  it('tells the app’s owner which setting is wrong if the secret is', async () => {
    const { client, start, signedIn, balancer } = await openPartner()
    const wrong = client.clientSecret.replace(/^lks_.{43}/, `lks_${'0'.repeat(43)}`)
    expect(() =>
      start(undefined, { oidc: oidc({ clientId: client.clientId, clientSecret: wrong }) }),
    ).toThrow('AUTH_CLIENT_SECRET is not a complete client secret')
    const { opaqueToken } = await import('@latchkey/jwt-middleware')
    const other = opaqueToken('app_secret', new Uint8Array(32).fill(7))
    balancer.at = start(undefined, { oidc: oidc({ clientId: client.clientId, clientSecret: other }) })
    const { page } = await visit(await signedIn(), '/private')
    expect(page.status).toBe(500)
    expect(balancer.at.logged).toContainEqual(
      expect.objectContaining({
        event: 'oidc_misconfigured',
        cause: 'invalid_client',
        setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET',
      }),
    )
    expect(JSON.stringify(balancer.at.logged)).not.toContain(other)
  })

  it('has room for as many groups as a token of the family', async () => {
    const { signedIn, site } = await openPartner()
    const ada = await signedIn()
    const { groups, users } = site.service
    const user = await users.findByEmail(ADA.email)
    let count = 0
    for (; ; count++) {
      const group = await groups.create(`${count} ${'ä'.repeat(40)}`, OPERATOR)
      if (!group.ok || !user) throw new Error('no group')
      if (!(await groups.add(group.value, user, OPERATOR)).ok) break
    }
    const { page } = await visit(ada, '/private')
    expect(page.html).toBe('Hello, ada@example.com')
    expect(JSON.parse((await ada.get(`${PARTNER}/`)).html).groups).toHaveLength(count)
  })
})

describe('The option oidc', () => {
  it.each([
    ['/login/latchkey/return', '/login/latchkey/sign-in'],
    ['/base/auth/callback/', '/base/auth/sign-in/'],
  ])('takes its callback elsewhere, with the other addresses beside it: %s', async (callbackPath, signIn) => {
    const { client, start, signedIn, balancer } = await openPartner({
      input: { redirect_uris: [PARTNER + callbackPath] },
    })
    const { clientId, clientSecret } = client
    balancer.at = start(undefined, { oidc: oidc({ clientId, clientSecret, callbackPath }) })
    const { url, trail } = await visit(await signedIn(), '/private')
    expect(url).toBe(`${PARTNER}/private`)
    expect(trail.map((one) => new URL(one).pathname)).toEqual(expect.arrayContaining([signIn, callbackPath]))
  })

  it.each(['callback', '/', '/a b', '/a//', '//evil.example/x', '/auth/sign-in', '/auth/sign-in/', 7])(
    'refuses the callback %j',
    (callbackPath) => {
      expect(() => oidc({ callbackPath: callbackPath as string })).toThrow(LatchkeyError)
    },
  )

  it('refuses an option that it does not know', () => {
    expect(() => oidc({ callback: '/x' } as never)).toThrow('oidc() does not know the option "callback"')
  })
})
