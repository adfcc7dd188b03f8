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
    return /&#39; &#39;(https:[^<]*)&#39;</.exec(html)?.[1]
  }
  const only = { [`app_${notes.id}`]: 'on' }
  expect(await commandFor({ ...only, 'scope_notes.read': 'on' })).toBe('https://notes.example.com/api/notes')
  expect(await commandFor({ ...only, 'scope_notes.write': 'on' })).toBe(
    'https://notes.example.com/start?a=1&amp;b=%27',
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
  for (const words of ['API token created', 'API token revoked', 'All API tokens revoked']) {
    expect(history.html).toContain(words)
  }
})

it('without an app that accepts tokens, the page says so', async () => {
  const site = await openSite()
  const ada = await site.signedIn()
  expect((await ada.get('/account')).html).not.toContain('/account/tokens')
  expect((await ada.get('/account/tokens')).html).toContain('No app accepts API tokens yet.')
})
