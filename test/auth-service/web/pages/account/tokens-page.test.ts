import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { registerApp } from '../../../support/registered-app.ts'
import { openSite, PASSWORD } from '../../../support/site.ts'

async function open() {
  const site = await openSite()
  const board = await registerApp(site.service, 'Board')
  await site.service.appPermissions.publish(board.id, [
    { name: 'cards.read', description: 'Read cards', groups: [] },
  ])
  await site.service.apps.reload()
  const ada = await site.signedIn()
  const user = await site.service.users.findByEmail('ada@example.com')
  if (!user) throw new Error('no user')
  return { site, board, ada, user }
}

const secretIn = (html: string) => /lk_[0-9A-Za-z]{49}/.exec(html)?.[0] ?? ''

it('a token is created by the form, shown once, and works in the chosen app', async () => {
  const { site, board, ada, user } = await open()
  expect((await ada.get('/account')).html).toContain('href="/account/tokens"')
  const created = await ada.submit('/account/tokens', '/account/tokens', {
    name: 'Backup <b>script</b>',
    [`app_${board.id}`]: 'on',
    'scope_cards.read': 'on',
    expires: 'never',
  })
  expect(created).toMatchObject({ status: 303, location: '/account/tokens?done=created' })
  const page = await ada.get('/account/tokens?done=created')
  const secret = secretIn(page.html)
  expect(await site.service.introspectApiToken(secret, board, '')).toMatchObject({
    sub: user.uuid,
    scope: 'cards.read',
    token_name: 'Backup <b>script</b>',
  })
  expect(page.html).toContain('Backup &lt;b&gt;script&lt;/b&gt;')
  expect(page.html).toContain('curl -H &#39;Authorization: Bearer lk_')
  expect(secretIn((await ada.get('/account/tokens')).html)).toBe('')
  site.service.wait(61)
  expect((await ada.get('/account')).html).toContain('You have 1 token.')
})

it('an app of OpenID Connect is offered once it has published permissions: its credentials may be for that alone', async () => {
  const { site, ada } = await open()
  const { service } = site
  const album = await registerApp(service, 'Album')
  const settings = { redirect_uris: ['https://album.example.com/callback'], first_party: true }
  await service.oidcClients.set(album.id, settings, OPERATOR)
  const pageWithToken = async () => {
    await ada.submit('/account/tokens', '/account/tokens', { name: 'A', expires: 'never', all_apps: 'on' })
    return (await ada.get('/account/tokens?done=created')).html
  }
  const before = await pageWithToken()
  expect(before).not.toContain('Album')
  expect(before, 'the command is for an app that takes tokens').toContain('https://board.example.com/')
  await service.appPermissions.publish(album.id, [
    { name: 'photos.read', description: '', groups: [], path: '/api/photos' },
  ])
  expect(await pageWithToken()).toContain('Album')
})

it('the command names a path of an app that takes the token, if it has the scope, and else its first page', async () => {
  const { site, ada } = await open()
  const { service } = site
  const notes = await registerApp(service, 'Notes')
  await service.appPermissions.publish(notes.id, [
    { name: 'notes.read', description: '', groups: [], path: '/api/notes' },
    { name: 'notes.write', description: '', groups: [] },
  ])
  await service.apps.change(notes.id, { start_url: "https://notes.example.com/start?a=1&b='" }, OPERATOR)
  await service.apps.reload()
  const commandFor = async (fields: Record<string, string>) => {
    await ada.submit('/account/tokens', '/account/tokens', { name: 'Script', expires: 'never', ...fields })
    const { html } = await ada.get('/account/tokens?done=created')
    return /Bearer [^<]*?&#39; ([^<]*)</.exec(html)?.[1]
  }
  const only = { [`app_${notes.id}`]: 'on' }
  expect(await commandFor({ ...only, 'scope_notes.read': 'on' })).toBe('https://notes.example.com/api/notes')
  expect(await commandFor({ ...only, 'scope_notes.write': 'on' })).toBe(
    '&#39;https://notes.example.com/start?a=1&amp;b=%27&#39;',
  )
  expect(await commandFor({ all_apps: 'on', 'scope_notes.read': 'on' })).toBe(
    'https://notes.example.com/api/notes',
  )
  expect(await commandFor({ all_apps: 'on' })).toBe('https://board.example.com/')
})

it('the same form sent twice at once creates one token', async () => {
  const { site, ada, user } = await open()
  const { html } = await ada.get('/account/tokens')
  const fields = {
    csrf_token: /name="csrf_token" value="([^"]+)"/.exec(html)?.[1] ?? '',
    name: 'Script',
    all_apps: 'on',
    expires: '30d',
  }
  const both = await Promise.all([1, 2].map(() => ada.post('/account/tokens', fields)))
  expect(both.map(({ status }) => status)).toEqual([303, 303])
  expect(await site.service.apiTokens.list(user)).toHaveLength(1)
})

it('errors appear beside their fields, and the input stays', async () => {
  const { ada } = await open()
  const { status, html } = await ada.submit('/account/tokens', '/account/tokens', {
    name: '',
    all_apps: 'on',
    expires: 'date',
    date: '2020-01-01',
  })
  expect(status).toBe(422)
  expect(html).toContain('Enter a name.')
  expect(html).toContain('This date is in the past.')
  expect(html).toMatch(/name="all_apps"[^>]*checked/)
  expect(html).toContain('value="2020-01-01"')
})

it('a new token needs a proof of the last 15 minutes, and the form goes on after it', async () => {
  const { site, ada, user } = await open()
  site.service.wait(16 * 60)
  const fields = { name: 'Script', all_apps: 'on', expires: '90d' }
  const asked = await ada.submit('/account/tokens', '/account/tokens', fields)
  expect(asked.status).toBe(403)
  expect(await site.service.apiTokens.list(user)).toEqual([])
  const done = await ada.post('/account/tokens', { ...asked.form('/account/tokens'), password: PASSWORD })
  expect(done.location).toBe('/account/tokens?done=created')
  const program = await ada.json('/account/tokens', { name: 'Other', apps: 'all' })
  expect(program.status).toBe(201)
  site.service.wait(16 * 60)
  expect(JSON.parse((await ada.json('/account/tokens', { name: 'x', apps: 'all' })).html)).toMatchObject({
    code: 'insufficient_user_authentication',
  })
})

it('tokens are revoked by their owner only', async () => {
  const { site, board, ada, user } = await open()
  const { html } = await ada.json('/account/tokens', { name: 'One', apps: ['Board'], expires: '1y' })
  const { id, token } = JSON.parse(html)
  await ada.json('/account/tokens', { name: 'Two', apps: 'all' })
  const bob = await site.signedIn({ email: 'bob@example.com' })
  expect((await bob.json(`/account/tokens/${id}/revoke`, {})).status).toBe(404)
  expect((await ada.submit('/account/tokens', `/account/tokens/${id}/revoke`)).location).toBe(
    '/account/tokens?done=revoked',
  )
  expect(await site.service.introspectApiToken(token, board, '')).toBeNull()
  expect((await ada.json(`/account/tokens/${id}/revoke`, {})).status).toBe(404)
  const left = JSON.parse(
    (await ada.request('/account/tokens', { headers: { accept: 'application/json' } })).html,
  )
  expect(left.tokens.map(({ name }: { name: string }) => name)).toEqual(['Two'])
  expect((await ada.json('/account/tokens/revoke-all', {})).status).toBe(204)
  expect(await site.service.apiTokens.list(user)).toEqual([])
  const history = await ada.get('/account/history')
  for (const words of ['API token created: Two', 'API token revoked: ', 'All API tokens revoked']) {
    expect(history.html).toContain(words)
  }
})

it('without an app that accepts tokens, the page says so', async () => {
  const site = await openSite()
  const ada = await site.signedIn()
  expect((await ada.get('/account')).html).not.toContain('/account/tokens')
  expect((await ada.get('/account/tokens')).html).toContain('No app accepts API tokens yet.')
})

const IN_GERMAN = { headers: { 'accept-language': 'de', 'sec-fetch-mode': 'navigate' } }

it('the owner and administrators see which device created a token, and from where', async () => {
  const { site, ada, user } = await open()
  const { service } = site
  const device = { userAgent: 'curl/8.5.0', address: '198.51.100.7' }
  await service.apiTokens.create(user, { name: 'Script', apps: 'all' }, { uuid: user.uuid, device })
  await service.apiTokens.create(user, { name: 'By hand', apps: 'all' }, OPERATOR)
  await service.administration.change(user.uuid, { isStaff: true, isSuperuser: true }, OPERATOR)
  for (const path of ['/account/tokens', `/admin/people/${user.uuid}`]) {
    const { html } = await ada.get(path)
    expect(html).toContain('Created with curl from 198.51.100.7')
    expect(html).toContain('Created by an administrator')
    const german = (await ada.request(path, IN_GERMAN)).html
    expect(german).toContain('Erstellt mit curl, 198.51.100.7')
    expect(german).toContain('Von der Administration erstellt')
  }
})

it('the pages of tokens, devices, permissions and apps are in German', async () => {
  const { site, board, ada, user } = await open()
  const { service } = site
  await service.administration.change(user.uuid, { isStaff: true, isSuperuser: true }, OPERATOR)
  const by = { uuid: user.uuid, device: { userAgent: 'curl/8.5.0', address: '198.51.100.7' } }
  await service.apiTokens.create(user, { name: 'Skript', apps: 'all', scopes: ['cards.read'] }, by)
  const begun = await service.deviceAuthorization.start({ deviceName: 'Fernseher' }, by.device)
  if (!begun.ok) throw new Error(begun.reason)
  const pages: [string, readonly string[]][] = [
    [
      '/account/tokens',
      ['Gültigkeit', 'Unbefristet', 'Bis zu einem bestimmten Datum', 'Welche Apps sollen es akzeptieren?'],
    ],
    [`/device?user_code=${begun.value.userCode}`, ['Zeigt Ihr Gerät diesen Code?', 'Zulassen', 'Ablehnen']],
    ['/device?user_code=BBBB-BBBB', ['Kein Gerät wartet auf diesen Code.']],
    ['/admin/permissions', ['Berechtigungen', 'Keine Gruppe']],
    [`/admin/apps?change=${board.id}`, ['Zugangsdaten', 'Neues Secret', 'Widerrufen']],
  ]
  for (const [path, expected] of pages) {
    const { html } = await ada.request(path, IN_GERMAN)
    expect(html).toContain('<html lang="de"')
    for (const words of expected) expect(html, path).toContain(words)
    expect(html, path).not.toMatch(/Noch nie<|An einem Datum|>(Never|Revoke|Allow|Deny|Expires|Permissions)</)
  }
})

it('signing out everywhere and a new password say that API tokens go on, to people who have some', async () => {
  const { site, ada, user } = await open()
  const change = (current_password: string, password: string) =>
    ada.submit('/account/password', '/account/password', { current_password, password })
  const [second, third, fourth] = ['a walk by the lake', 'a walk by the sea', 'a walk by the river']
  const WORDS = 'Scripts and devices with your API tokens still have access.'
  expect((await ada.landed(await change(PASSWORD, second))).html).not.toContain(WORDS)
  const by = { uuid: user.uuid, device: { userAgent: '', address: '' } }
  await site.service.apiTokens.create(user, { name: 'Script', apps: 'all' }, by)
  const changed = await ada.landed(await change(second, third))
  expect(changed.html).toContain(`${WORDS} <a href="/account/tokens">Check your API tokens.</a>`)
  const other = site.browser()
  await other.submit('/login', '/login', { email: user.email, password: third })
  const ended = await other.submit('/account', '/account/sessions/end-others')
  expect((await other.landed(ended)).html).toContain(WORDS)
  await site.browser().submit('/login', '/login', { email: user.email, password: third })
  const out = await other.submit('/account', '/account/sessions/end-all')
  expect(out.location).toContain('/login?')
  expect((await other.landed(out)).html).toContain(WORDS)
  const german = await other.request(out.location ?? '', IN_GERMAN)
  expect(german.html).toContain(
    'Skripte und Geräte mit Ihren API-Tokens haben weiterhin Zugriff. <a href="/account/tokens">Prüfen Sie Ihre API-Tokens.</a>',
  )
  const link = new URL(await site.service.passwordReset.createResetLink(user))
  const reset = await other.submit(link.pathname + link.search, '/password/reset', { password: fourth })
  expect((await other.landed(reset)).html).toContain(WORDS)
})
