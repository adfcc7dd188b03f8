import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import type { Browser } from '../../../support/browser.ts'
import { registerApp } from '../../../support/registered-app.ts'
import { ADA, openSite, type Site } from '../../../support/site.ts'

let site: Site
let root: Browser
beforeEach(async () => {
  site = await openSite()
  root = await site.signedIn({ email: 'root@example.com' })
  await site.service.administration.change(
    (await person('root@example.com')).uuid,
    { isSuperuser: true },
    OPERATOR,
  )
})

async function person(email = ADA.email) {
  const found = await site.service.users.findByEmail(email)
  if (!found) throw new Error(`There is no ${email}.`)
  return found
}

interface Found {
  entries: {
    id: number
    at: number
    event: string
    subject: string
    actor: string
    address: string
    details: object
  }[]
  next: string | null
}
const ask = async (query: Record<string, string>): Promise<Found> =>
  JSON.parse((await root.get(`/admin/audit?${new URLSearchParams({ format: 'json', ...query })}`)).html)
const events = async (query: Record<string, string>) => (await ask(query)).entries.map(({ event }) => event)

describe('The audit log', () => {
  it('shows event, user and actor, newest first', async () => {
    await site.signedIn()
    await root.json(`/admin/people/${(await person()).uuid}/rights`, { is_staff: true })
    const { html } = await root.get('/admin/audit')
    expect(html).toMatch(
      /Rights changed.*is staff: no → yes.*ada@example\.com.*root@example\.com.*Account created/,
    )
  })

  it('shows what a new token may do, and until when', async () => {
    await site.signedIn()
    const board = await registerApp(site.service, 'Board')
    await site.service.appPermissions.publish(board.id, [
      { name: 'cards.read', description: '', groups: [] },
      { name: 'cards.write', description: '', groups: [] },
    ])
    const create = (expires: string) =>
      root.json('/api/tokens', {
        email: ADA.email,
        password: ADA.password,
        device_name: 'Phone',
        scopes: ['cards.read', 'cards.write'],
        expires,
      })
    expect((await create('2036-12-31')).status).toBe(201)
    const { html } = await root.get('/admin/audit?event=api_token_created')
    expect(html).toMatch(
      /name: Phone.*apps: All apps.*permissions: cards\.read, cards\.write.*expires: 1 January 2037 at 00:00 UTC/,
    )
    await create('never')
    expect((await root.get('/admin/audit?event=api_token_created')).html).toContain('expires: never')
  })

  it('shows the settings of a new client of OpenID Connect', async () => {
    const board = await registerApp(site.service, 'Board')
    const redirectUri = 'https://board.example.com/callback'
    await site.service.oidcClients.set(board.id, { redirect_uris: [redirectUri] }, OPERATOR)
    const { html } = await root.get('/admin/audit?event=oidc_client_changed')
    expect(html).toContain(`redirect URIs: ${redirectUri}`)
    expect(html).toContain('our own app: no')
  })

  it('tells strangers, apps and the service itself from the command line', async () => {
    await site.signedIn()
    const device = { userAgent: 'curl/8.14.1', address: '203.0.113.9' }
    await site.service.passwordReset.requestReset(ADA.email, device)
    const reports = await registerApp(site.service, 'Reports')
    await site.service.apiTokens.createForApp(reports, [], device)
    const recorded = { subject: null, actor: null, sid: null, device: OPERATOR.device }
    await site.service.audit.record({ ...recorded, event: 'keys_rotated', details: { because: 'age' } })
    const actorOf = async (event: string) => {
      const { html } = await root.get(`/admin/audit?event=${event}`)
      return /data-label="Actor">(?:<span[^>]*>)?([^<]*)/.exec(html)?.[1]
    }
    expect(await actorOf('password_reset_requested')).toBe('Unknown')
    expect(await actorOf('app_token_created')).toBe('Reports')
    expect(await actorOf('keys_rotated')).toBe('Automatic')
    expect(await actorOf('app_created')).toBe('Operator (command line)')
  })

  it('filters by event, user and actor, each by address or id', async () => {
    await site.signedIn()
    const { uuid } = await person()
    await root.json(`/admin/people/${uuid}/rights`, { is_staff: true })
    expect(await events({ event: 'registered' })).toEqual(['registered', 'registered'])
    expect(await events({ person: uuid })).toEqual(['rights_changed', 'registered'])
    expect(await events({ person: 'ADA@example.com' })).toEqual(['rights_changed', 'registered'])
    expect(await events({ person: ADA.email, event: 'registered' })).toEqual(['registered'])
    expect(await events({ actor: 'root@example.com' })).toEqual(['rights_changed', 'registered'])
    expect(await events({ actor: 'root@example.com', person: uuid })).toEqual(['rights_changed'])
    expect(await events({ person: 'nobody@example.com' })).toEqual([])
  })

  it('filters by IP address in any notation, and links to other events from the same one', async () => {
    const record = (address: string, subject = 'a') =>
      site.service.audit.record({
        event: 'signed_in',
        subject,
        actor: subject,
        sid: null,
        device: { userAgent: '', address },
      })
    for (const address of ['203.0.113.9', '2001:db8::7', '203.0.113.99', '']) await record(address)
    await record('203.0.113.9', 'b')
    const found = async (query: Record<string, string>) =>
      (await ask(query)).entries.map(({ subject, address }) => [subject, address])
    expect(await found({ address: '203.0.113.9' })).toEqual([
      ['b', '203.0.113.9'],
      ['a', '203.0.113.9'],
    ])
    expect(await found({ address: '203.0.113.9', person: 'a' })).toEqual([['a', '203.0.113.9']])
    expect(await found({ address: '203.0.113.9', event: 'registered' })).toEqual([])
    expect(await found({ address: ' 2001:0DB8:0::7 ' })).toEqual([['a', '2001:db8::7']])
    expect(await found({ address: '203.0.113' })).toEqual([])
    expect((await root.get('/admin/audit')).html).toContain('href="/admin/audit?address=2001%3Adb8%3A%3A7"')
    expect((await root.get('/admin/audit?address=203.0.113.9')).html).toContain('value="203.0.113.9"')
  })

  it('filters by days, including the last', async () => {
    site.service.wait(3 * 86_400)
    await site.signedIn()
    const day = new Date(site.service.now()).toISOString().slice(0, 10)
    const before = new Date(site.service.now() - 86_400_000).toISOString().slice(0, 10)
    expect(await events({ from: day, person: ADA.email })).toEqual(['registered'])
    expect(await events({ from: day, to: day, person: ADA.email })).toEqual(['registered'])
    expect(await events({ to: before, person: ADA.email })).toEqual([])
    expect(await events({ from: 'yesterday', person: ADA.email })).toEqual(['registered'])
    expect(await events({ from: '2026-02-31', person: ADA.email }), 'no such day').toEqual(['registered'])
  })

  it('shows each entry once, page by page, even if many share a second', async () => {
    for (let i = 0; i < 250; i++) {
      await site.service.audit.record({
        event: 'signed_in',
        subject: 'a',
        actor: 'a',
        sid: null,
        device: { userAgent: '', address: '' },
        details: { number: i },
      })
      if (i % 90 === 0) site.service.wait(1)
    }
    const ids: number[] = []
    let after = ''
    for (;;) {
      const { entries, next } = await ask({ person: 'a', ...(after && { after }) })
      ids.push(...entries.map(({ id }) => id))
      if (next === null) break
      after = next
    }
    expect(ids).toHaveLength(250)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(await events({ after: 'nonsense' })).toEqual([])
  })

  it('downloads the page as a file', async () => {
    const { headers } = await root.get('/admin/audit?event=registered&format=json')
    expect(headers.get('content-disposition')).toBe('attachment; filename="audit-log.json"')
    expect(headers.get('content-type')).toContain('application/json')
    expect((await root.get('/admin/audit?event=registered')).html).toContain(
      'href="/admin/audit?event=registered&amp;format=json"',
    )
  })

  it.each(['event', 'person', 'actor', 'address', 'from', 'to', 'after'])(
    'accepts anything as %s',
    async (name) => {
      for (const value of [
        '<script>',
        "' OR 1=1 --",
        '\0',
        '\ud800',
        '-1',
        '9'.repeat(400),
        'a@'.repeat(300),
      ]) {
        const { status, html } = await root.get(
          `/admin/audit?${name}=${encodeURIComponent(value.toWellFormed())}`,
        )
        expect(status).toBe(200)
        expect(html).not.toContain('<script>')
      }
    },
  )
})
