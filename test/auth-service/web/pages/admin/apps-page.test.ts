import { beforeEach, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { someNaughtyStrings } from '../../../../support/naughty-strings.ts'
import type { Browser } from '../../../support/browser.ts'
import { ADA, openSite, type Site } from '../../../support/site.ts'

const SHOP = 'http://shop.example:8080'

let site: Site
let superuser: Browser
beforeEach(async () => {
  site = await openSite()
  superuser = await site.signedIn({ email: 'root@example.com' })
  const user = await site.service.users.findByEmail('root@example.com')
  await site.service.administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
})

it('a registered app is named on the login page, which leads to it, and has a tile on the account page', async () => {
  const made = await superuser.submit('/admin/apps', '/admin/apps', {
    name: 'Shop',
    origins: SHOP,
    start_url: `${SHOP}/start`,
    icon: '🛒',
  })
  expect([made.status, made.location]).toEqual([303, '/admin/apps?done=created'])
  await site.signedIn()
  const visitor = site.browser()
  const path = `/login?next=${encodeURIComponent(`${SHOP}/cart`)}`
  const login = await visitor.get(path)
  expect(login.html).toContain('<h1>Sign in to continue to Shop</h1>')
  expect(login.headers.get('content-security-policy')).toContain(SHOP)
  const { email, password } = ADA
  const landed = await visitor.submit(path, '/login', { email, password })
  expect([landed.status, landed.location]).toEqual([303, `${SHOP}/cart`])
  expect((await visitor.get('/account')).html).toContain(`<a class="tile" href="${SHOP}/start">`)

  await superuser.submit('/admin/apps?change=1', '/admin/apps/1/delete')
  expect((await site.browser().get(path)).form('/login').next).toBe('refused')
  expect((await visitor.get('/account')).html).not.toContain('class="tile"')
})

it('its form changes an app, and keeps the input if something is wrong with it', async () => {
  await superuser.json('/admin/apps', { name: 'Shop', origins: [SHOP] })
  await superuser.json('/admin/apps', { name: 'Board', origins: ['http://board.example'] })
  const wrong = await superuser.submit('/admin/apps?change=1', '/admin/apps/1', { origins: 'shop' })
  expect([wrong.status, wrong.form('/admin/apps/1').origins]).toEqual([422, 'shop'])
  expect(wrong.form('/admin/apps').origins).toBe('')
  expect(wrong.html).not.toContain('action="/admin/apps/2"')
  expect(wrong.html).toContain('“shop” is not an origin. Write it like https://app1.example.com.')
  const saved = await superuser.submit('/admin/apps?change=1', '/admin/apps/1', { name: 'Store' })
  expect(saved.location).toBe('/admin/apps?done=saved')
  const log = (await superuser.get('/admin/audit?event=app_changed')).html
  expect(log).toContain('name: Shop → Store')
  expect(log, 'what stayed as it was').not.toContain('origins:')
  expect(site.service.apps.at(SHOP)?.name).toBe('Store')
  const stale = await superuser.post('/admin/apps/2', { name: 'Other', csrf_token: 'old' })
  expect([stale.status, stale.form('/admin/apps/2').name]).toEqual([403, 'Other'])
})

it('programs do the same in JSON', async () => {
  const created = await superuser.json('/admin/apps', { name: 'Shop', origins: [SHOP] })
  const shop = {
    id: 1,
    name: 'Shop',
    origins: [SHOP],
    start_url: `${SHOP}/`,
    icon: 'S',
    token_scopes: [],
    client_id: null,
    rules: [],
  }
  expect([created.status, JSON.parse(created.html)]).toEqual([201, shop])
  const listed = await superuser.request('/admin/apps', { headers: { accept: 'application/json' } })
  expect(JSON.parse(listed.html)).toEqual({ apps: [shop] })
  const refused = await superuser.json('/admin/apps', { name: '', origins: 5, start_url: 5, icon: 5 })
  expect(refused.status).toBe(422)
  expect(Object.keys(JSON.parse(refused.html).errors).sort()).toEqual(['icon', 'name', 'origins'])
  const allowed = await superuser.json('/admin/apps/1', { token_scopes: 'cards.write cards.read' })
  expect(JSON.parse(allowed.html).token_scopes).toEqual(['cards.read', 'cards.write'])
  const changed = await superuser.json('/admin/apps/1', { name: 'Store', origins: [SHOP] })
  expect([changed.status, JSON.parse(changed.html)]).toMatchObject([
    200,
    { name: 'Store', token_scopes: ['cards.read', 'cards.write'] },
  ])
  expect((await superuser.json('/admin/apps/9', { name: 'X', origins: [SHOP] })).status).toBe(404)
  expect((await superuser.json('/admin/apps/1/delete', {})).status).toBe(204)
  expect((await superuser.json('/admin/apps/1/delete', {})).status).toBe(404)
})

it('no naughty string in any field breaks anything', async () => {
  for (const value of someNaughtyStrings) {
    for (const field of ['name', 'origins', 'start_url', 'icon', 'token_scopes']) {
      const body = { name: 'Shop', origins: SHOP, [field]: value }
      const { status } = await superuser.json('/admin/apps', body)
      expect([201, 422], value).toContain(status)
      if (status === 201) {
        expect((await superuser.get('/admin/apps')).status, value).toBe(200)
        await site.service.apps.remove(site.service.apps.at(SHOP)?.id ?? 0, {
          uuid: null,
          device: { userAgent: '', address: '' },
        })
      }
    }
  }
})
