import { beforeEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { parseCookies } from '../../../../../auth-service/src/platform/client/host-cookies.ts'
import { APP } from '../../../../support/tokens.ts'
import { attribute, type Browser } from '../../../support/browser.ts'
import { ADA, openSite, type Site } from '../../../support/site.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

let site: Site
beforeEach(async () => {
  site = await openSite()
})

async function laptopAndPhone() {
  const laptop = await site.signedIn({}, { userAgent: FIREFOX })
  site.service.wait(7200)
  const phone = site.browser({ userAgent: IPHONE })
  await phone.json('/login', ADA)
  return { laptop, phone }
}

/** The rows of the list under the heading with this id. */
const rowsOf = (html: string, id: string) =>
  html
    .split(`id="${id}"`)[1]
    ?.split('</section>', 1)[0]
    ?.match(/<li>.*?<\/li>/g) ?? []

const account = async (browser: Browser) => {
  const page = await browser.request('/account', { headers: { accept: 'application/json' } })
  return { status: page.status, body: JSON.parse(page.html) }
}

describe('The account page', () => {
  it('redirects anonymous visitors to the login page and back', async () => {
    const page = await site.browser().get('/account')
    expect(page.status).toBe(302)
    const next = encodeURIComponent(`${site.origin}/account`)
    expect(page.location).toBe(`${site.origin}/login?next=${next}`)
  })

  it("shows the user's name and email", async () => {
    const browser = await site.signedIn()
    const page = await browser.get('/account')
    expect(page.status).toBe(200)
    expect(page.html).toContain('<h1>Hello, Ada</h1>')
    expect(page.html).toContain('<dd>Ada Lovelace</dd>')
    expect(page.html).toContain(`<p>${ADA.email}</p>`)
    expect(page.html).not.toContain('Superuser')
  })

  it('greets users without a name, too', async () => {
    const browser = await site.signedIn({ first_name: '', last_name: '' })
    const { html } = await browser.get('/account')
    expect(html).toContain('<h1>Your account</h1>')
    expect(html).toContain('<dd>—</dd>')
  })

  it('shows changes made after the token was issued', async () => {
    const browser = await site.signedIn()
    const person = await site.service.users.findByEmail(ADA.email)
    await site.service.administration.change(
      person?.uuid ?? '',
      { firstName: 'Augusta', isStaff: true },
      OPERATOR,
    )
    const { html } = await browser.get('/account')
    expect(html).toContain('Hello, Augusta')
    expect(html).toContain('<dd>Staff</dd>')
  })

  it('is never cached, and varies by cookies and language', async () => {
    const { headers } = await (await site.signedIn()).get('/account')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('vary')).toBe('Accept-Language, Cookie')
  })

  it('lists the sessions: this device first, each with its times', async () => {
    const { laptop } = await laptopAndPhone()
    const { html } = await laptop.get('/account')
    const rows = rowsOf(html, 'sessions')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toContain('<strong>Firefox on Linux</strong> <span class="badge">This device</span>')
    expect(rows[0]).toContain(FIREFOX)
    expect(rows[0]).not.toContain('<form')
    expect(rows[1]).toContain('<strong>Safari on iPhone</strong>')
    expect(rows[1]).toContain(
      'Last used <time datetime="2027-01-15T10:00:00.000Z" data-ago="">just now</time>',
    )
    expect(rows[1]).toContain(
      'Signed in on <time datetime="2027-01-15T10:00:00.000Z">15 January 2027 at 10:00 UTC</time>',
    )
    expect(rows[1]).not.toContain('This device')
  })

  it('offers no button to end sessions if there is only one', async () => {
    const { html } = await (await site.signedIn()).get('/account')
    expect(html).not.toContain('action="/account/sessions/')
  })

  it('renews in line when the access token has expired', async () => {
    const browser = await site.signedIn()
    site.service.wait(3600)
    const page = await browser.get('/account')
    expect(page.status).toBe(200)
    const set = page.headers.getSetCookie().map((line) => line.split('=', 1)[0])
    expect(set.filter((name) => name !== 'csrf')).toEqual(['jwt.access', 'jwt.refresh'])
  })

  it('requires the refresh cookie of a live session, since apps hold copies of access tokens', async () => {
    const browser = await site.signedIn()
    const cookies = await browser.jar.getCookies(site.origin)
    const [access, refresh, secret] = ['jwt.access', 'jwt.refresh', 'session'].map(
      (name) => cookies.find(({ key }) => key === name)?.value,
    )
    const accept = 'application/json'
    const asked = async (headers: Record<string, string>) =>
      (await site.app.request('/account', { headers: { accept, ...headers } })).status
    expect(await asked({ authorization: `Bearer ${access}` })).toBe(401)
    expect(await asked({ cookie: `jwt.access=${access}` })).toBe(401)
    expect(await asked({ cookie: `jwt.access=${access}; jwt.refresh=${access}` })).toBe(401)
    const own = `session=${secret}`
    expect(await asked({ cookie: `jwt.access=${access}; ${own}` })).toBe(401)
    expect(await asked({ cookie: `jwt.refresh=${refresh}` })).toBe(401)
    expect(await asked({ cookie: `jwt.refresh=${refresh}; ${own}` })).toBe(200)
    expect(await asked({ cookie: `jwt.refresh=${refresh}; ${own}`, authorization: 'Bearer nonsense' })).toBe(
      200,
    )
    const ending = await site.app.request('/account/sessions/end-others', {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${access}` },
      body: '{}',
    })
    expect(ending.status).toBe(401)
  })

  it('shows no account for cookies of two users, and keeps both', async () => {
    const [ada, bob] = [await site.signedIn(), await site.signedIn({ email: 'bob@example.com' })]
    site.service.wait(3600)
    const cookies = [await ada.jar.getCookieString(site.origin), await bob.jar.getCookieString(site.origin)]
    const response = await site.app.request('/account', { headers: { cookie: cookies.join('; ') } })
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
    const rows = await site.service.database.db.select().from(site.service.database.sessions)
    expect(rows.map(({ previousJti }) => previousJti)).toEqual([null, null])
    for (const browser of [ada, bob]) expect((await browser.get('/account')).status).toBe(200)
  })

  it('redirects to the login page after the session has ended, and deletes its cookies', async () => {
    const browser = await site.signedIn()
    site.service.wait(3600)
    await site.service.database.db.delete(site.service.database.sessions)
    const page = await browser.get('/account')
    expect(page.location).toContain('/login?next=')
    expect(await browser.cookies()).toEqual([])
  })

  it.each([
    { cookiePrefix: 'org.example.jwt' },
    { refreshCookie: 'auth' },
    { https: true, authUrl: 'https://auth.demo.example', cookieDomain: 'demo.example' },
    {
      https: true,
      authUrl: 'https://auth.demo.example',
      cookieDomain: 'demo.example',
      refreshCookie: 'auth',
    },
    { signingAlg: 'EdDSA' },
  ] as const)('recognises users by the configured cookies: %j', async (settings) => {
    const other = await openSite(settings)
    const browser = await other.signedIn()
    expect((await browser.get('/account')).status).toBe(200)
    other.service.wait(3600)
    expect((await browser.get('/account')).status).toBe(200)
    expect((await browser.submit('/logout', '/logout')).status).toBe(303)
    expect((await browser.get('/account')).status).toBe(302)
  })

  it('is the target of the bare address', async () => {
    expect((await site.browser().get('/')).location).toBe('/account')
  })
})

describe('Ending sessions', () => {
  const endOf = (html: string) => html.match(/action="(\/account\/sessions\/[^"]+\/end)"/)?.[1] ?? ''

  it('signs another device out at once, even if its token is still valid', async () => {
    const { laptop, phone } = await laptopAndPhone()
    const { html } = await laptop.get('/account')
    const page = await laptop.submit('/account', endOf(html))
    expect(page.status).toBe(303)
    expect(page.location).toBe(`${site.origin}/account?notice=session_ended`)
    expect((await laptop.get(page.location ?? '')).html).toContain('That device is signed out.')
    expect((await phone.get('/account')).location).toContain('/login?next=')
    expect((await phone.get('/login')).status).toBe(200)
    expect((await laptop.get('/account')).status).toBe(200)
  })

  it('signs all other devices out', async () => {
    const { laptop, phone } = await laptopAndPhone()
    await site.browser().json('/login', ADA)
    const page = await laptop.submit('/account', '/account/sessions/end-others')
    expect(page.location).toBe(`${site.origin}/account?notice=others_ended`)
    expect((await account(laptop)).body.sessions).toHaveLength(1)
    expect((await phone.get('/account')).status).toBe(302)
  })

  it('signs out everywhere, including this device', async () => {
    const { laptop, phone } = await laptopAndPhone()
    const page = await laptop.submit('/account', '/account/sessions/end-all')
    expect(page.status).toBe(303)
    expect(page.location).toBe(`${site.origin}/login?notice=all_ended`)
    expect(await laptop.cookies()).toEqual(['csrf'])
    expect((await laptop.get(page.location ?? '')).html).toContain('You are signed out everywhere.')
    expect((await phone.get('/account')).location).toContain('/login?next=')
    const { entries } = await site.service.revocations.since(0)
    expect(entries, 'one for all of them').toHaveLength(1)
  })

  it('signs out everywhere for a program, too, and returns no renewed cookies', async () => {
    const { laptop, phone } = await laptopAndPhone()
    site.service.wait(3600)
    const sent = await laptop.jar.getCookieString(site.origin)
    const answer = await laptop.json('/account/sessions/end-all', {})
    expect([answer.status, answer.html]).toEqual([204, ''])
    expect(answer.headers.getSetCookie()).toEqual(site.service.sessions.clearCookies(parseCookies(sent)))
    expect(await laptop.cookies()).toEqual([])
    expect((await phone.get('/account')).location).toContain('/login?next=')
  })

  it('renews nothing before it signs out everywhere', async () => {
    const { laptop } = await laptopAndPhone()
    site.service.wait(3600)
    const { sessions } = site.service
    const renewals = vi.spyOn(sessions, 'renewFrom')
    const header = await laptop.jar.getCookieString(site.origin)
    const before = await sessions.find(parseCookies(header))
    await laptop.json('/account/sessions/end-all', {})
    expect(renewals).not.toHaveBeenCalled()
    expect(before).not.toBeNull()
    expect(await sessions.find(parseCookies(header))).toBeNull()
  })

  it('reports a failure to sign out everywhere, and keeps the cookies', async () => {
    const failing = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    const spoilt = await openSite({}, (service) => ({
      ...service,
      sessions: { ...service.sessions, endAll: () => Promise.reject(failing) },
    }))
    const browser = await spoilt.signedIn()
    const answer = await browser.json('/account/sessions/end-all', {})
    expect(answer.status).toBe(503)
    expect(await browser.cookies()).toEqual(['jwt.access', 'jwt.refresh', 'session'])
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('signs this device out if it is the current session', async () => {
    const { phone } = await laptopAndPhone()
    const own = (await account(phone)).body.sessions.find(({ current }: { current: boolean }) => current)
    const { csrf_token = '' } = (await phone.get('/account')).form('/account/sessions/end-others')
    const page = await phone.post(`/account/sessions/${own.id}/end`, { csrf_token })
    expect(page.location).toBe(`${site.origin}/login?notice=signed_out`)
    expect(await phone.cookies()).toEqual(['csrf'])
  })

  it('signs this device out permanently, even if the same request renewed its cookies', async () => {
    const { laptop } = await laptopAndPhone()
    const own = (await account(laptop)).body.sessions.find(({ current }: { current: boolean }) => current)
    site.service.wait(3600)
    expect((await laptop.json(`/account/sessions/${own.id}/end`, {})).status).toBe(204)
    expect(await laptop.cookies()).toEqual([])
  })

  it('accepts no form of another session', async () => {
    const { laptop, phone } = await laptopAndPhone()
    const { csrf_token = '' } = (await laptop.get('/account')).form('/account/sessions/end-others')
    const csrf = (await laptop.jar.getCookies(site.origin)).find(({ key }) => key === 'csrf')?.value
    await phone.jar.setCookie(`csrf=${csrf}; Path=/`, site.origin)
    expect((await phone.post('/account/sessions/end-others', { csrf_token })).status).toBe(403)
    expect((await account(laptop)).body.sessions).toHaveLength(2)
  })

  it("cannot end another user's session", async () => {
    const { phone } = await laptopAndPhone()
    const bob = await site.signedIn({ email: 'bob@example.com' })
    const [session] = (await account(phone)).body.sessions
    const answer = await bob.json(`/account/sessions/${session.id}/end`, {})
    expect(answer.status).toBe(404)
    expect((await account(phone)).body.sessions).toHaveLength(2)
  })

  it('requires the form of our own page', async () => {
    const { laptop } = await laptopAndPhone()
    const stale = await laptop.post('/account/sessions/end-others', { csrf_token: 'x' })
    expect(stale.status).toBe(403)
    expect(stale.html).toContain('Please send the form once more')
    expect(stale.form('/account/sessions/end-others').csrf_token).not.toBe('x')
    const foreign = await laptop.request('/account/sessions/end-others', {
      method: 'POST',
      headers: { origin: APP, 'sec-fetch-site': 'same-site', 'content-type': 'application/json' },
      body: '{}',
    })
    expect(foreign.status).toBe(403)
    expect((await account(laptop)).body.sessions).toHaveLength(2)
  })

  it('redirects anonymous visitors to the login page', async () => {
    const page = await site.browser().post('/account/sessions/end-others', {})
    expect(page.status).toBe(302)
  })
})

describe('The account as JSON', () => {
  it('contains the user and the sessions', async () => {
    const { laptop } = await laptopAndPhone()
    const { status, body } = await account(laptop)
    expect(status).toBe(200)
    expect(body).toMatchObject({ email: ADA.email, first_name: 'Ada', is_superuser: false })
    expect(body.sessions).toHaveLength(2)
    expect(body.sessions[0]).toMatchObject({ user_agent: FIREFOX, current: true })
    expect(body.sessions[1]).toEqual({
      id: expect.any(String),
      user_agent: IPHONE,
      device: 'Safari on iPhone',
      address: '',
      place: null,
      app: null,
      created_at: 1_800_007_200,
      last_used_at: 1_800_007_200,
      expires_at: 1_800_007_200 + 2_592_000,
      current: false,
    })
    expect(JSON.stringify(body)).not.toContain('bcrypt')
  })

  it('is a problem with the login URL for anonymous requests', async () => {
    const { status, body } = await account(site.browser())
    expect(status).toBe(401)
    expect(body.login_url).toContain(`${site.origin}/login`)
  })

  it('ends sessions with an empty response', async () => {
    const { laptop } = await laptopAndPhone()
    const answer = await laptop.json('/account/sessions/end-others', {})
    expect(answer.status).toBe(204)
    expect((await account(laptop)).body.sessions).toHaveLength(1)
    expect((await laptop.json('/account/sessions/unknown/end', {})).status).toBe(404)
  })
})

describe('The history of the account', () => {
  it('describes events and devices in words, newest first', async () => {
    const { laptop, phone } = await laptopAndPhone()
    await site.browser().json('/login', { ...ADA, password: 'wrong password' })
    await phone.submit('/logout', '/logout')
    const { html } = await laptop.get('/account')
    const rows = rowsOf(html, 'security')
    const [first, ...rest] = rows.map((row) => row.match(/<strong>(.*?)<\/strong>/)?.[1])
    expect([first, ...rest]).toEqual([
      'Signed out',
      'Sign-in failed: wrong password',
      'Signed in',
      'Account created',
    ])
    expect(rows[2]).toContain(
      '<time datetime="2027-01-15T10:00:00.000Z" data-ago="">just now</time> · Safari on iPhone</p>',
    )
    expect(html).not.toContain('role="alert"')
    expect((await account(laptop)).body.history[2]).toEqual({
      at: 1_800_007_200,
      event: 'signed_in',
      by_yourself: true,
      session_id: expect.any(String),
      user_agent: IPHONE,
      device: 'Safari on iPhone',
      address: '',
      place: null,
      details: {},
    })
  })

  it('warns of token reuse for 30 days, on every device that is still signed in', async () => {
    const { laptop, phone } = await laptopAndPhone()
    const stolen = await phone.jar.getCookieString(site.origin)
    site.service.wait(60)
    await phone.get('/account')
    site.service.wait(60)
    const thief = { cookie: stolen, 'user-agent': 'curl/8.5.0' }
    expect((await site.app.request('/refresh', { method: 'POST', headers: thief })).status).toBe(401)
    const { html } = await laptop.get('/account')
    expect(html).toMatch(/<p class="alert" role="alert">Someone used an old copy of one of your sessions/)
    const [row = ''] = rowsOf(html, 'security')
    expect(row).toContain('<strong>Session ended because someone used an old copy of it</strong>')
    expect(row).toContain('· Safari on iPhone')
    const [told] = (await account(laptop)).body.history
    expect(told).toMatchObject({
      event: 'refresh_token_reused',
      by_yourself: false,
      user_agent: 'curl/8.5.0',
      details: { session: { user_agent: IPHONE } },
    })
    for (let day = 0; day < 27; day += 4) {
      expect((await laptop.get('/account')).html).toContain('role="alert"')
      site.service.wait(4 * 86_400)
    }
    const later = site.browser()
    await later.json('/login', ADA)
    expect((await later.get('/account')).html).toContain('role="alert"')
    site.service.wait(2 * 86_400)
    expect((await later.get('/account')).html).not.toContain('role="alert"')
  })

  it('says whether the user or an administrator ended sessions', async () => {
    const { laptop, phone } = await laptopAndPhone()
    const ada = await site.service.users.findByEmail(ADA.email)
    await laptop.submit('/account', '/account/sessions/end-others')
    await phone.json('/login', ADA)
    await laptop.json(`/account/sessions/${(await account(phone)).body.sessions[0].id}/end`, {})
    await site.service.sessions.endAll(ada?.id ?? 0)
    await phone.json('/login', ADA)
    const { html } = await phone.get('/account')
    const told = rowsOf(html, 'security').map((row) => row.match(/<strong>(.*?)<\/strong>(.*)/)?.slice(1))
    expect(told.map((match) => match?.[0]).slice(0, 5)).toEqual([
      'Signed in',
      'Signed out everywhere by an administrator',
      'Signed out another device',
      'Signed in',
      'Signed out all other devices',
    ])
    expect(told[1]?.[1], 'of whom no device is known').not.toContain('·')
    expect(told[2]?.[1], 'what was signed out, not what did it').toContain('· Safari on iPhone')
    expect(told[4]?.[1]).toContain('· Firefox on Linux')
  })

  it('explains to users why they could not sign in while disabled', async () => {
    const { phone } = await laptopAndPhone()
    const { uuid = '' } = (await site.service.users.findByEmail(ADA.email)) ?? {}
    await site.service.administration.change(uuid, { isActive: false }, OPERATOR)
    await phone.json('/login', ADA)
    await site.service.administration.change(uuid, { isActive: true }, OPERATOR)
    await phone.json('/login', ADA)
    const { html } = await phone.get('/account')
    for (const text of ['Account enabled', 'Sign-in failed: account disabled', 'Account disabled']) {
      expect(html).toContain(`<strong>${text}</strong>`)
    }
  })

  it('shows locations if there is a database of them', async () => {
    const locate = (address: string) => (address === '' ? 'Berlin, Germany' : null)
    const somewhere = await openSite({}, (service) => ({ ...service, locate }))
    const browser = await somewhere.signedIn({}, { userAgent: FIREFOX })
    const { html } = await browser.get('/account')
    expect(rowsOf(html, 'sessions')[0]).toContain('from Berlin, Germany')
    expect(rowsOf(html, 'security')[0]).toContain('· Berlin, Germany')
    const { body } = await account(browser)
    expect([body.sessions[0].place, body.history[0].place]).toEqual(['Berlin, Germany', 'Berlin, Germany'])
  })

  it('cannot be flooded by strangers, since consecutive guesses share one line', async () => {
    const { laptop } = await laptopAndPhone()
    const { uuid = '' } = (await site.service.users.findByEmail(ADA.email)) ?? {}
    const fail = async (reason: string, address: string) => {
      site.service.wait(60)
      const device = { userAgent: FIREFOX, address }
      const entry = { event: 'sign_in_failed', subject: uuid, actor: null, sid: null } as const
      await site.service.audit.record({ ...entry, device, details: { reason } })
    }
    for (let i = 0; i < 12; i++) await fail('wrong_password', '192.0.2.7')
    await fail('wrong_code', '192.0.2.7')
    for (let i = 0; i < 2; i++) await fail('wrong_password', `192.0.2.${i}`)
    const { html } = await laptop.get('/account')
    const rows = rowsOf(html, 'security')
    expect(rows.map((row) => row.match(/<strong>(.*?)<\/strong>/)?.[1])).toEqual([
      'Sign-in failed: wrong password, 2 times',
      'Sign-in failed: wrong code',
      'Sign-in failed: wrong password, 12 times',
      'Signed in',
      'Account created',
    ])
    expect(rows[2]).toMatch(/10:01:00.*to .*10:12:00.*· Firefox on Linux · 192\.0\.2\.7/)
    expect(rows[0], 'from several').not.toContain('·')
    expect((await account(laptop)).body.history).toHaveLength(10)
  })

  it('can be read completely, in pages and as JSON', async () => {
    const { laptop } = await laptopAndPhone()
    expect((await laptop.get('/account')).html).toContain('<a href="/account/history">')
    for (let i = 0; i < 60; i++) {
      const { uuid = null } = (await site.service.users.findByEmail(ADA.email)) ?? {}
      const entry = { event: 'sign_in_failed', subject: uuid, actor: null, sid: null } as const
      const device = { userAgent: '', address: '' }
      await site.service.audit.record({ ...entry, device, details: { reason: 'wrong_password' } })
    }
    const first = await laptop.get('/account/history')
    expect([first.status, first.html.match(/<li>/g)?.length]).toEqual([200, 50])
    const next = attribute(first.html.match(/<a [^>]*history\?after[^>]*>/)?.[0] ?? '', 'href') ?? ''
    const second = await laptop.get(next)
    expect(second.html.match(/<li>/g)).toHaveLength(12)
    expect(second.html).toContain('Account created')
    expect(second.html).not.toContain('history?after')

    const read = async (path: string) =>
      JSON.parse((await laptop.request(path, { headers: { accept: 'application/json' } })).html)
    const page = await read('/account/history')
    expect([page.history.length, page.history[0].event]).toEqual([50, 'sign_in_failed'])
    const rest = await read(`/account/history?after=${page.next}`)
    expect([rest.history.length, rest.history.at(-1).event, rest.next]).toEqual([12, 'registered', null])
    expect((await read('/account/history?after=nonsense')).history).toEqual([])
    expect((await site.browser().get('/account/history')).status).toBe(302)
  })

  it('shows no events of other users', async () => {
    await laptopAndPhone()
    const bob = await site.signedIn({ email: 'bob@example.com' })
    expect((await account(bob)).body.history).toHaveLength(1)
    expect((await bob.get('/account/history')).html.match(/<li>/g)).toHaveLength(1)
  })
})

describe('A disabled user', () => {
  it('is signed out at once', async () => {
    const browser = await site.signedIn()
    expect((await browser.get('/account')).status).toBe(200)
    const person = await site.service.users.findByEmail(ADA.email)
    await site.service.administration.change(person?.uuid ?? '', { isActive: false }, OPERATOR)
    expect((await browser.get('/account')).location).toContain('/login')
    expect((await browser.get('/login')).status).toBe(200)
  })
})

describe('Many devices', () => {
  it('are listed in pages, this one first, and can be signed out there', async () => {
    const browser = await site.signedIn()
    const person = await site.service.users.findByEmail(ADA.email)
    if (!person) throw new Error('Ada is not there.')
    const device = { userAgent: FIREFOX, address: '192.0.2.7' }
    for (let i = 0; i < 60; i++) await site.service.sessions.start(person, device)
    const page = await browser.get('/account')
    const rows = rowsOf(page.html, 'sessions')
    expect([rows.length, rows[0]?.includes('This device')]).toEqual([25, true])
    const seen: string[] = []
    const { body } = await account(browser)
    seen.push(...body.sessions.map(({ id }: { id: string }) => id))
    for (let next = body.sessions_next; next !== null; ) {
      const path = `/account/sessions?${new URLSearchParams({ after: next })}`
      const { html } = await browser.request(path, { headers: { accept: 'application/json' } })
      const more = JSON.parse(html)
      seen.push(...more.sessions.map(({ id }: { id: string }) => id))
      next = more.next
    }
    expect([seen.length, new Set(seen).size]).toEqual([61, 61])
    const [link = ''] = page.html.match(/<a href="\/account\/sessions[^>]*>/) ?? []
    const second = await browser.get(attribute(link, 'href') ?? '')
    expect(second.html.match(/\/end"/g)).toHaveLength(25)
    const last = `/account/sessions/${seen[60]}/end`
    expect((await browser.json(last, {})).status).toBe(204)
    expect(await site.service.sessions.count(person.id)).toBe(60)
    await browser.json('/account/sessions/end-all', {})
    expect((await site.service.revocations.since(0)).entries.slice(1)).toMatchObject([{ sub: person.uuid }])
  })
})
