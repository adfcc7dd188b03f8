import { afterEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import {
  CALLBACK,
  type OidcSite,
  openOidcSite,
  registerClient,
  relyingParty,
  walk,
} from '../support/relying-party.ts'
import { ADA, PASSWORD } from '../support/site.ts'

afterEach(() => vi.useRealTimers())

const paramsOf = (url: string) => Object.fromEntries(new URL(url).searchParams)
const pathOf = (url: string) => new URL(url).pathname

async function openPartner(
  site: OidcSite,
  input: Parameters<typeof registerClient>[1] = { first_party: true },
) {
  return relyingParty(site, await registerClient(site.service, input))
}

describe('An authorization', () => {
  it('leads anyone else to the login page, and back to the app', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    await site.signedIn()
    const stranger = site.browser()
    const { url, finish } = await rp.begin({ login_hint: ADA.email })
    const login = await walk(stranger, url.href)
    expect(pathOf(login)).toBe('/login')
    const page = await stranger.get(login)
    expect(page.html).toContain('Sign in to continue to Partner')
    expect(page.form('/login')).toMatchObject({ email: ADA.email })
    const answer = await stranger.post('/login', { ...page.form('/login'), password: PASSWORD })
    expect(answer.status).toBe(303)
    const callback = await walk(stranger, answer.location as string)
    expect((await finish(callback)).claims()).toMatchObject({ email: ADA.email, amr: ['pwd'] })
  })

  it('does not accept the family’s cookies alone, which every app sees', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    const ada = await site.signedIn()
    const { url, finish } = await rp.begin()
    const stolen = site.browser()
    for (const cookie of await ada.jar.getCookies(site.origin)) {
      if (cookie.key !== 'session') await stolen.jar.setCookie(`${cookie}`, site.origin)
    }
    const login = await walk(stolen, url.href)
    expect(pathOf(login)).toBe('/login')
    const page = await stolen.get(login)
    expect(page.html).toContain('Sign in again to continue.')
    const answer = await stolen.post('/login', {
      ...page.form('/login'),
      email: ADA.email,
      password: PASSWORD,
    })
    await finish(await walk(stolen, answer.location as string))
    const silent = await rp.begin({ prompt: 'none' })
    const other = site.browser()
    for (const cookie of await ada.jar.getCookies(site.origin)) {
      if (cookie.key !== 'session') await other.jar.setCookie(`${cookie}`, site.origin)
    }
    expect(paramsOf(await walk(other, silent.url.href))).toMatchObject({ error: 'login_required' })
  })

  it('with prompt=none never shows a page', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    const silent = await rp.begin({ prompt: 'none' })
    expect(paramsOf(await walk(site.browser(), silent.url.href))).toMatchObject({
      error: 'login_required',
      iss: site.origin,
    })
    const ada = await site.signedIn()
    const again = await rp.begin({ prompt: 'none' })
    expect(paramsOf(await walk(ada, again.url.href))).toHaveProperty('code')
    const consenting = await relyingParty(site, await registerClient(site.service, {}, 'Other'))
    const unasked = await consenting.begin({ prompt: 'none' })
    expect(paramsOf(await walk(ada, unasked.url.href))).toMatchObject({ error: 'consent_required' })
  })

  it('with prompt=login tells programs where to sign in for it', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    const ada = await site.signedIn()
    site.wait(120)
    const { url, finish } = await rp.begin({ prompt: 'login' })
    const path = `${pathOf(await walk(ada, url.href))}/login`
    const asked = await ada.json(path, {})
    expect(asked.html).toContain('insufficient_user_authentication')
    const { pathname, search } = new URL(JSON.parse(asked.html).confirm_url)
    expect(pathname).toBe('/login')
    site.wait(5)
    const signedIn = await ada.json(`/login${search}`, { email: ADA.email, password: PASSWORD })
    const again = await ada.json(path, {})
    expect([signedIn.status, again.status]).toEqual([200, 204])
    const { next } = JSON.parse(signedIn.html)
    expect(await finish(await walk(ada, next))).toHaveProperty('access_token')
  })

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age', { max_age: '60' }],
  ])('with %s asks for the password again, once', async (_, params) => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    const ada = await site.signedIn()
    site.wait(120)
    const { url, finish } = await rp.begin(params)
    const asking = await walk(ada, url.href)
    expect(pathOf(asking)).toMatch(/^\/oidc\/interaction\//)
    const page = await ada.get(asking)
    expect(page.html).toContain('asks you to confirm it')
    const path = `${pathOf(asking)}/login`
    const wrong = await ada.post(path, { ...page.form(path), password: 'not the password' })
    expect(wrong.status).toBe(422)
    site.wait(5)
    const right = await ada.post(path, { ...wrong.form(path), password: PASSWORD })
    expect(right.status).toBe(303)
    const tokens = await finish(await walk(ada, right.location as string))
    expect(tokens.claims()?.auth_time).toBe(Math.floor(Date.now() / 1000))
    if ('max_age' in params) {
      const soon = await rp.begin(params)
      expect(paramsOf(await walk(ada, soon.url.href)), 'within max_age').toHaveProperty('code')
    }
  })

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age', { max_age: '60' }],
  ])('with %s takes a proof for itself, and none from another tab', async (_, params) => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    const ada = await site.signedIn()
    site.wait(120)
    const [first, second] = [await rp.begin(params), await rp.begin(params)]
    const [asking, other] = [await walk(ada, first.url.href), await walk(ada, second.url.href)]
    site.wait(1)
    const path = `${pathOf(other)}/login`
    const right = await ada.post(path, { ...(await ada.get(other)).form(path), password: PASSWORD })
    await second.finish(await walk(ada, right.location as string))
    await ada.json('/account/confirm', { password: PASSWORD })
    const still = await ada.get(asking)
    expect(still.html).toContain('asks you to confirm it')
    const own = `${pathOf(asking)}/login`
    const proved = await ada.post(own, { ...still.form(own), password: PASSWORD })
    await first.finish(await walk(ada, proved.location as string))
  })

  it('with prompt=login takes a sign-in on the way to it, in one of two tabs', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    await site.signedIn()
    const stranger = site.browser()
    const [first, second] = [await rp.begin({ prompt: 'login' }), await rp.begin({ prompt: 'login' })]
    const [, login] = [await walk(stranger, first.url.href), await walk(stranger, second.url.href)]
    const credentials = { email: ADA.email, password: PASSWORD }
    const answer = await stranger.submit(login, '/login', credentials)
    const interaction = `${new URL(login).searchParams.get('next')}`
    expect(answer.location).toBe(interaction)
    // Someone else's session does not prove who this user is.
    const grace = await site.signedIn({ email: 'grace@example.com' })
    expect((await grace.get(interaction)).status).toBe(404)
    const firstInteraction = new URL(await walk(stranger, first.url.href))
    expect((await stranger.get(firstInteraction.href)).html).toContain('asks you to confirm it')
    await second.finish(await walk(stranger, answer.location as string))
    const { db, oidcRecords } = site.service.database
    const proofs = (await db.select().from(oidcRecords)).filter(({ model }) => model === 'InteractionProof')
    expect(proofs).toHaveLength(1)
    expect(JSON.stringify(proofs)).not.toContain(pathOf(interaction).split('/').at(-1))
  })

  it('with prompt=login does not take the proof of the user who was signed in before', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    await site.signedIn()
    const stranger = site.browser()
    const { url } = await rp.begin({ prompt: 'login' })
    const login = await walk(stranger, url.href)
    const answer = await stranger.submit(login, '/login', { email: ADA.email, password: PASSWORD })
    await stranger.json('/register', { ...ADA, email: 'grace@example.com', first_name: 'Grace' })
    expect((await stranger.get(answer.location as string)).html).toContain('asks you to confirm it')
  })

  it('with prompt=login is content with a sign-in that it caused', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    await site.signedIn()
    const stranger = site.browser()
    const { url, finish } = await rp.begin({ prompt: 'login' })
    const login = await walk(stranger, url.href)
    site.wait(10)
    const page = await stranger.get(login)
    const answer = await stranger.post('/login', {
      ...page.form('/login'),
      email: ADA.email,
      password: PASSWORD,
    })
    expect((await finish(await walk(stranger, answer.location as string))).claims()?.sub).toBeDefined()
  })

  it('with an ID token of another user offers to sign out first', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site)
    const { id_token } = await rp.signIn(await site.signedIn())
    const grace = await site.signedIn({ email: 'grace@example.com', first_name: 'Grace' })
    const { url } = await rp.begin({ id_token_hint: id_token as string })
    const asking = await walk(grace, url.href)
    const page = await grace.get(asking)
    expect(page.html).toContain('Another account is signed in')
    expect(page.html).toContain('Partner expects another account.')
    const out = await grace.submit(asking, '/logout')
    const login = await walk(grace, out.location as string)
    expect(pathOf(login)).toBe('/login')
    const form = (await grace.get(login)).form('/login')
    const answer = await grace.post('/login', { ...form, email: ADA.email, password: PASSWORD })
    expect(await walk(grace, answer.location as string)).toContain(`${CALLBACK}?code=`)
    const silent = await rp.begin({ id_token_hint: id_token as string, prompt: 'none' })
    expect(paramsOf(await walk(site.browser(), silent.url.href))).toMatchObject({ error: 'login_required' })
  })

  it('shows its pages in a language that the app prefers, unless the user chose one', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const { url } = await rp.begin({ ui_locales: 'fr de-AT en' })
    const stranger = site.browser()
    const german = await stranger.get(await walk(stranger, url.href))
    expect(german.html).toContain('Anmelden und weiter zu Partner')
    expect(german.headers.get('content-language')).toBe('de')
    const chooser = site.browser()
    await chooser.submit('/login', '/language', { language: 'en' })
    expect((await chooser.get(await walk(chooser, url.href))).html).toContain('Sign in to continue')
    const ada = await site.signedIn()
    const consent = await rp.begin({ ui_locales: 'de' })
    expect((await ada.get(await walk(ada, consent.url.href))).html).toContain('Weiter zu Partner?')
  })

  it('belongs to the browser that began it', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const ada = await site.signedIn()
    const { url } = await rp.begin()
    const asking = await walk(ada, url.href)
    const grace = await site.signedIn({ email: 'grace@example.com' })
    const page = await grace.get(asking)
    expect(page.status).toBe(404)
    expect(page.html).toContain('in another browser')
    const resumed = await grace.get(asking.replace('/oidc/interaction/', '/oidc/auth/'))
    expect(resumed.status).toBe(400)
    expect(resumed.html).toContain('in another browser')
  })

  it('goes on in the session of the user who is signed in when it ends', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const ada = await site.signedIn()
    const { url, finish } = await rp.begin()
    const asking = await walk(ada, url.href)
    const form = (await ada.get(asking)).form(`${pathOf(asking)}/allow`)
    await ada.json('/register', { ...ADA, email: 'grace@example.com', first_name: 'Grace' })
    const stale = await ada.post(`${pathOf(asking)}/allow`, form)
    expect(stale.html).toContain('Another person is signed in')
    const page = await ada.get(asking)
    const allowed = await ada.post(`${pathOf(asking)}/allow`, page.form(`${pathOf(asking)}/allow`))
    const tokens = await finish(await walk(ada, allowed.location as string))
    expect(tokens.claims()).toMatchObject({ email: 'grace@example.com' })
  })
})

describe('Consent', () => {
  it('names the app and what it will see, and is remembered', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const ada = await site.signedIn()
    const { url, finish } = await rp.begin()
    const asking = await walk(ada, url.href)
    const page = await ada.get(asking)
    expect(page.title).toContain('Continue to Partner?')
    for (const text of ['ada@example.com', 'Your name and your language', 'Your groups', 'partner.example']) {
      expect(page.html).toContain(text)
    }
    const path = `${pathOf(asking)}/allow`
    const allowed = await ada.post(path, page.form(path))
    expect(allowed.status).toBe(303)
    await finish(await walk(ada, allowed.location as string))
    await rp.signIn(ada)
    const phone = site.browser()
    await phone.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
    await rp.signIn(phone)
    const user = await site.service.users.findByEmail(ADA.email)
    const events = await site.service.audit.historyOf(user?.uuid as string, 20)
    expect(events.find(({ event }) => event === 'oidc_consent_given')?.details).toEqual({
      app: 'Partner',
      scopes: 'openid profile email groups',
    })
  })

  it('is asked for again by prompt=consent, and for a scope that is new', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const ada = await site.signedIn()
    const allow = async (params: Record<string, string>) => {
      const { url, finish } = await rp.begin(params)
      const asking = await walk(ada, url.href)
      expect(pathOf(asking)).toMatch(/^\/oidc\/interaction\//)
      const { location } = await ada.submit(asking, `${pathOf(asking)}/allow`)
      return finish(await walk(ada, location as string))
    }
    const { access_token } = await allow({ scope: 'openid email' })
    expect(access_token).toMatch(/^[\w-]{43}$/)
    const more = await allow({ scope: 'openid email groups' })
    expect(more.claims()).toMatchObject({ groups: [] })
    expect(more.claims()).not.toHaveProperty('name')
    await allow({ scope: 'openid', prompt: 'consent' })
    await rp.signIn(ada, { scope: 'openid groups' })
  })

  it('can be refused', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const ada = await site.signedIn()
    const { url } = await rp.begin()
    const asking = await walk(ada, url.href)
    const form = (await ada.get(asking)).form(`${pathOf(asking)}/allow`)
    const { location } = await ada.post(`${pathOf(asking)}/cancel`, form)
    expect(paramsOf(await walk(ada, location as string))).toMatchObject({ error: 'access_denied' })
    const again = await rp.begin()
    expect(pathOf(await walk(ada, again.url.href))).toMatch(/^\/oidc\/interaction\//)
  })

  it('is given once by a double click, and leads to the app both times', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, {})
    const ada = await site.signedIn()
    const { url, finish } = await rp.begin()
    const asking = await walk(ada, url.href)
    const path = `${pathOf(asking)}/allow`
    const form = (await ada.get(asking)).form(path)
    const cookies = await ada.jar.serialize()
    const first = await ada.post(path, form)
    await walk(ada, first.location as string)
    // The browser dropped the first answer, and everything that it set.
    const { CookieJar } = await import('tough-cookie')
    Object.assign(ada.jar, await CookieJar.deserialize(cookies))
    const second = await ada.post(path, form)
    await finish(await walk(ada, second.location as string))
    const { db, auditLog } = site.service.database
    const entries = await db.select().from(auditLog)
    expect(entries.filter(({ event }) => event === 'oidc_consent_given')).toHaveLength(1)
  })
})

describe('An app for certain groups', () => {
  it('refuses everyone else with a page, and the way back', async () => {
    const site = await openOidcSite()
    const rp = await openPartner(site, { first_party: true, groups: ['editors'] })
    const ada = await site.signedIn()
    const { url } = await rp.begin()
    const asking = await walk(ada, url.href)
    const page = await ada.get(asking)
    expect(page.status).toBe(403)
    expect(page.html).toContain('only for certain groups')
    const { location } = await ada.submit(asking, `${pathOf(asking)}/cancel`)
    expect(paramsOf(await walk(ada, location as string))).toMatchObject({ error: 'access_denied' })
    const silent = await rp.begin({ prompt: 'none' })
    expect(paramsOf(await walk(ada, silent.url.href))).toMatchObject({ error: 'access_denied' })
  })

  it('lets in its members, until they leave the group', async () => {
    const site = await openOidcSite()
    const { service } = site
    const client = await import('openid-client')
    const rp = await openPartner(site, { first_party: true, groups: 'editors, writers' })
    const ada = await site.signedIn()
    const user = await service.users.findByEmail(ADA.email)
    const group = await service.groups.create('writers', OPERATOR)
    if (!group.ok || !user) throw new Error('no group')
    await service.groups.add(group.value, user, OPERATOR)
    const tokens = await rp.signIn(ada)
    expect(tokens.claims()).toMatchObject({ groups: ['writers'] })
    await client.fetchUserInfo(rp.config, tokens.access_token, user.uuid)
    await service.groups.drop(group.value, user, OPERATOR)
    await expect(client.fetchUserInfo(rp.config, tokens.access_token, user.uuid)).rejects.toThrow()
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})
