import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { someNaughtyStrings } from '../../../../support/naughty-strings.ts'
import type { Browser } from '../../../support/browser.ts'
import { openSite, type Site } from '../../../support/site.ts'

const ORIGIN = 'https://grafana.example'
const CALLBACK = `${ORIGIN}/callback`
const PAGE = '/admin/apps/1/oidc'

let site: Site
/** Two administrators. */
let grace: Browser
let linus: Browser
beforeEach(async () => {
  site = await openSite()
  const { users, administration } = site.service
  const administrator = async (email: string) => {
    const browser = await site.signedIn({ email })
    await administration.change((await users.findByEmail(email))?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    return browser
  }
  grace = await administrator('grace@example.com')
  linus = await administrator('linus@example.com')
  await grace.json('/admin/apps', { name: 'Grafana', origins: [ORIGIN] })
})

const client = () => site.service.apps.at(ORIGIN)?.oidc
const isServed = async () => (await site.app.request('/.well-known/openid-configuration')).status === 200

describe('The devices of an app', () => {
  const start = async (count: number) => {
    const { service } = site
    const ada = await site.signedIn()
    const user = await service.users.findByEmail('ada@example.com')
    if (!user) throw new Error('no user')
    const device = { userAgent: 'TV', address: '192.0.2.1' }
    for (let i = 0; i < count; i++) await service.sessions.start(user, device, true, 'pwd', 1)
    return ada
  }

  it('are counted, stay when new ones can’t sign in, and are signed out at once', async () => {
    await grace.submit(PAGE, PAGE, { device_flow: 'on', auth_method: 'none' })
    expect((await grace.get(PAGE)).html).toContain('No device is signed in.')
    const ada = await start(2)
    const page = await grace.get(PAGE)
    expect(page.html).toContain('2 devices are signed in.')
    expect(page.html).not.toContain('New devices can’t sign in.')
    const { device_flow: _, ...form } = page.form(PAGE)
    await grace.post(PAGE, form)
    const off = await grace.get(PAGE)
    expect(off.html).toContain('New devices can’t sign in.')
    expect(off.html).toContain('2 devices are signed in.')
    // Staff read, and superusers write.
    const { users, administration } = site.service
    const adas = await users.findByEmail('ada@example.com')
    await administration.change(adas?.uuid ?? '', { isStaff: true }, OPERATOR)
    const action = `${PAGE}/sign-out-devices`
    const read = await ada.get(PAGE)
    expect(read.html).toContain('2 devices are signed in.')
    expect(read.html).not.toContain(action)
    expect((await ada.json(action, {})).status).toBe(403)

    const asJson = async () =>
      JSON.parse((await grace.request(PAGE, { headers: { accept: 'application/json' } })).html)
    expect(await asJson()).toMatchObject({ devices: 2, oidc: { device_flow: false } })
    const form2 = off.form(action)
    const answers = await Promise.all([grace.post(action, form2), linus.submit(PAGE, action)])
    for (const { location } of answers) expect(location).toBe(`${PAGE}?done=sign-out-devices`)
    expect(await asJson()).toMatchObject({ devices: 0 })
    expect((await grace.get(`${PAGE}?done=sign-out-devices`)).html).toContain(
      'All devices of this app are signed out.',
    )
    expect((await grace.get(PAGE)).html).not.toContain(action)
    expect((await ada.get('/account')).status).toBe(200)
    expect((await grace.get('/admin/audit')).html).toMatch(
      /All devices of an app signed out<span[^>]*>app: Grafana<.*?sessions: 2</,
    )
  })

  it('of one app are not those of another, and of none a page is missing', async () => {
    await grace.submit(PAGE, PAGE, { device_flow: 'on', auth_method: 'none' })
    await start(1)
    await grace.json('/admin/apps', { name: 'Other', origins: ['https://other.example'] })
    expect((await grace.json('/admin/apps/2/oidc/sign-out-devices', {})).status).toBe(204)
    expect((await grace.get(PAGE)).html).toContain('1 device is signed in.')
    expect((await grace.json('/admin/apps/9/oidc/sign-out-devices', {})).status).toBe(404)
  })
})

describe('The page about OpenID Connect of an app', () => {
  it('makes the app a client, which begins to be served, and ends that', async () => {
    expect(await isServed()).toBe(false)
    expect((await grace.get('/admin/apps')).html).toContain(
      `<a href="${PAGE}">OpenID Connect for Grafana</a>`,
    )
    const set = await grace.submit(PAGE, PAGE, { redirect_uris: CALLBACK, first_party: 'on', groups: 'a, b' })
    expect([set.status, set.location]).toEqual([303, `${PAGE}?done=saved`])
    expect(client()).toEqual({
      redirectUris: [CALLBACK],
      postLogoutRedirectUris: [],
      authMethod: 'client_secret_basic',
      keys: null,
      isFirstParty: true,
      backChannelLogoutUri: null,
      groups: ['a', 'b'],
      deviceFlow: false,
    })
    expect(await isServed()).toBe(true)
    const page = await grace.get(PAGE)
    expect(page.html).toContain(`${site.origin}/.well-known/openid-configuration`)
    expect(page.html).toContain(site.service.apps.at(ORIGIN)?.clientId as string)
    expect(page.html).toContain('There is no group “b”')
    await site.service.groups.create('b', OPERATOR)
    expect((await grace.get(PAGE)).html).not.toContain('There is no group “b”')
    const { first_party: _, ...form } = page.form(PAGE)
    await grace.post(PAGE, { ...form, groups: '', back_channel_logout_uri: 'http://10.0.0.7/logout' })
    expect(client()).toMatchObject({
      isFirstParty: false,
      groups: null,
      backChannelLogoutUri: 'http://10.0.0.7/logout',
    })
    const removed = await grace.submit(PAGE, `${PAGE}/remove`)
    expect(removed.location).toBe(`${PAGE}?done=removed`)
    expect(client()).toBeNull()
    expect(await isServed()).toBe(false)
    const audit = await grace.get('/admin/audit')
    expect(audit.html).toContain('OpenID Connect settings of an app changed')
    expect(audit.html).toContain('OpenID Connect settings of an app removed')
  })

  it('says what is wrong beside the field, and keeps the input', async () => {
    const answer = await grace.submit(PAGE, PAGE, {
      redirect_uris: 'https://ok.example/cb javascript:alert(1)',
      back_channel_logout_uri: 'ftp://x',
    })
    expect(answer.status).toBe(422)
    expect(answer.html).toContain('“javascript:alert(1)” is not a redirect URI.')
    expect(answer.form(PAGE)).toMatchObject({ back_channel_logout_uri: 'ftp://x' })
    expect(client()).toBeNull()
  })

  it('overwrites no change of another administrator', async () => {
    await grace.submit(PAGE, PAGE, { redirect_uris: CALLBACK })
    const stale = (await linus.get(PAGE)).form(PAGE)
    await grace.submit(PAGE, PAGE, { redirect_uris: `${CALLBACK}/2` })
    const answer = await linus.post(PAGE, { ...stale, groups: 'editors' })
    expect(answer.status).toBe(409)
    expect(answer.html).toContain('Someone else changed this')
    expect(answer.form(PAGE)).toMatchObject({ redirect_uris: `${CALLBACK}/2`, groups: 'editors' })
    expect(client()?.redirectUris).toEqual([`${CALLBACK}/2`])
    const gone = await linus.post(`${PAGE}/remove`, stale)
    expect(gone.status).toBe(409)
    await linus.post(PAGE, answer.form(PAGE))
    expect(client()).toMatchObject({ redirectUris: [`${CALLBACK}/2`], groups: ['editors'] })
  })

  it('is for superusers; staff only read it', async () => {
    await grace.json(PAGE, { redirect_uris: [CALLBACK] })
    const staff = await site.signedIn({ email: 'staff@example.com' })
    expect((await staff.get(PAGE)).status).toBe(403)
    const user = await site.service.users.findByEmail('staff@example.com')
    await site.service.administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
    const page = await staff.get(PAGE)
    expect(page.html).toContain(CALLBACK)
    expect(() => page.form(PAGE)).toThrow('No form')
    expect((await staff.json(PAGE, { redirect_uris: [] })).status).toBe(403)
    expect((await staff.json(`${PAGE}/remove`, {})).status).toBe(403)
    expect(client()).not.toBeNull()
  })

  it('shows no input as markup', async () => {
    for (const text of someNaughtyStrings) {
      const answer = await grace.submit(PAGE, PAGE, { redirect_uris: text, keys: text, groups: text })
      expect([303, 422]).toContain(answer.status)
      expect(answer.html).not.toContain('<script>alert')
    }
  })
})
