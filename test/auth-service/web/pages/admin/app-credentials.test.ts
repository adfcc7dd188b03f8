import { beforeEach, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { Browser } from '../../../support/browser.ts'
import { registerApp } from '../../../support/registered-app.ts'
import { openSite, type Site } from '../../../support/site.ts'

let site: Site
let superuser: Browser
beforeEach(async () => {
  site = await openSite()
  superuser = await site.signedIn({ email: 'root@example.com' })
  const user = await site.service.users.findByEmail('root@example.com')
  await site.service.administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
  await superuser.json('/admin/apps', { name: 'Board', origins: ['http://board.example'] })
})

it('a superuser gives an app credentials, which the page shows once, and which work', async () => {
  const made = await superuser.submit('/admin/apps?change=1', '/admin/apps/1/secrets')
  expect([made.status, made.location]).toEqual([303, '/admin/apps?done=issued&change=1#app-1'])
  const { html } = await superuser.get('/admin/apps?done=issued&change=1')
  const id = /AUTH_CLIENT_ID=(\S{22})</.exec(html)?.[1] ?? ''
  const secret = /AUTH_CLIENT_SECRET=(lks_\w{49})</.exec(html)?.[1] ?? ''
  expect(await site.service.appCredentials.authenticate(id, secret)).toMatchObject({ name: 'Board' })
  const later = await superuser.get('/admin/apps?change=1')
  expect(later.html).toContain(id)
  expect(later.html).not.toContain(secret)
  expect(later.html).toContain(`${secret.slice(0, 8)}…`)
  expect((await superuser.get('/admin/audit?event=app_secret_created')).html).toContain(
    'Credentials of an app created',
  )
})

it('an app has at most two secrets, of which each can be revoked', async () => {
  for (let i = 0; i < 2; i++) {
    expect((await superuser.json('/admin/apps/1/secrets', {})).status).toBe(201)
    site.service.wait(60)
  }
  const third = await superuser.json('/admin/apps/1/secrets', {})
  expect([third.status, JSON.parse(third.html).errors.form]).toEqual([
    422,
    'The app has two secrets. Revoke the older one before you create another.',
  ])
  expect((await superuser.get('/admin/apps?change=1')).html).not.toContain('action="/admin/apps/1/secrets"')
  const [older] = await site.service.appCredentials.list(1)
  const revoked = await superuser.submit('/admin/apps?change=1', `/admin/apps/1/secrets/${older?.id}/revoke`)
  expect(revoked.location).toBe('/admin/apps?done=secret_revoked&change=1#app-1')
  expect((await superuser.json(`/admin/apps/1/secrets/${older?.id}/revoke`, {})).status).toBe(404)
  expect((await superuser.json('/admin/apps/9/secrets', {})).status).toBe(404)
})

it('staff who are no superusers see no secrets, and create none', async () => {
  const staff = await site.signedIn({ email: 'staff@example.com' })
  const user = await site.service.users.findByEmail('staff@example.com')
  await site.service.administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
  await superuser.json('/admin/apps/1/secrets', {})
  expect((await staff.get('/admin/apps?change=1')).html).not.toContain('lks_')
  expect((await staff.json('/admin/apps/1/secrets', {})).status).toBe(403)
})

it('administrators see the tokens of a person without their values, and superusers revoke them', async () => {
  const shop = await registerApp(site.service, 'Shop')
  await site.signedIn()
  const ada = await site.service.users.findByEmail('ada@example.com')
  if (!ada) throw new Error('no user')
  const create = async (name: string) => {
    const created = await site.service.apiTokens.create(ada, { name, apps: ['Shop'] }, OPERATOR)
    if (!created.ok) throw new Error('no token')
    return created
  }
  const [one] = [await create('One'), await create('Two'), await create('Three')]
  const path = `/admin/people/${ada.uuid}`
  const { html } = await superuser.get(path)
  expect(html).toContain('<strong>Two</strong>')
  expect(html).not.toContain(one.secret)
  expect((await superuser.submit(path, `${path}/tokens/${one.token.id}/revoke`)).location).toBe(
    `${path}?done=token_revoked`,
  )
  expect(await site.service.introspectApiToken(one.secret, shop, '')).toBeNull()
  expect((await superuser.json(`${path}/tokens/${one.token.id}/revoke`, {})).status).toBe(404)
  expect((await superuser.submit(path, `${path}/tokens/revoke-all`)).location).toBe(
    `${path}?done=tokens_revoked`,
  )
  expect(await site.service.apiTokens.list(ada)).toEqual([])
})
