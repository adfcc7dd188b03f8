import { memoryUsers, type RevocationSource } from '@latchkey/jwt-middleware'
import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import type { Hono } from 'hono'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { DEVICE } from '../../auth-service/support/services.ts'
import { ADA } from '../../auth-service/support/site.ts'
import { freshPostgres } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { type OpenPartner, openPartner, PARTNER, sessionCookie, visit } from '../support/oidc-partner.ts'

afterEach(() => vi.useRealTimers())

/** Ada, signed in at the partner. */
async function openSignedIn(options: Parameters<typeof openPartner>[0] = {}) {
  const partner = await openPartner(options)
  const ada = await partner.signedIn()
  await visit(ada, '/private')
  const user = await partner.site.service.users.findByEmail(ADA.email)
  if (!user) throw new Error('no user')
  const tokenRequests = () => partner.asked.filter((path) => path === '/oidc/token').length
  const open = (path = '/private') => ada.get(PARTNER + path)
  /** A script of the partner's page. */
  const fetched = (path = '/private', init: RequestInit = {}) =>
    ada.request(PARTNER + path, {
      ...init,
      headers: { accept: 'application/json', ...(init.headers as object) },
    })
  return { ...partner, ada, user, tokenRequests, open, fetched }
}

const leave = ({ site }: Pick<OpenPartner, 'site'>, userId: number) => site.service.sessions.endAll(userId)

describe('A session of an app off the domain', () => {
  it('asks the provider for nothing while it is fresh', async () => {
    const { open, asked } = await openSignedIn()
    const before = asked.length
    for (let request = 0; request < 5; request++) expect((await open()).status).toBe(200)
    expect(asked.length).toBe(before)
  })

  it('is renewed in line after five minutes, with what has changed', async () => {
    const { site, ada, user, open, fetched, tokenRequests } = await openSignedIn()
    await site.service.administration.change(user.uuid, { isStaff: true }, OPERATOR)
    expect((await open('/staff')).status).toBe(403)
    const [cookie, requests] = [await sessionCookie(ada), tokenRequests()]
    site.wait(331)
    expect((await open('/staff')).html).toBe('staff')
    expect(tokenRequests()).toBe(requests + 1)
    expect(await sessionCookie(ada)).not.toBe(cookie)
    site.wait(331)
    const written = await fetched('/note', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
    expect([written.status, written.html]).toEqual([200, 'written'])
  })

  it('is renewed once for tabs at once, and by two processes at once', async () => {
    const { site, ada, start, partner, tokenRequests } = await openSignedIn()
    const other = start()
    site.wait(331)
    const cookie = `__Host-latchkey.session=${await sessionCookie(ada)}`
    const before = tokenRequests()
    const answers = await Promise.all(
      [partner, partner, partner, other, other].map(({ app }) =>
        app.request(`${PARTNER}/private`, { headers: { cookie } }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(tokenRequests()).toBe(before + 2)
    // Whichever cookie the browser keeps, it goes on.
    for (const answer of answers) {
      site.wait(331 / answers.length)
      expect(answer.headers.getSetCookie()).toHaveLength(1)
    }
    const [last = ''] = answers.at(-1)?.headers.getSetCookie() ?? []
    await ada.jar.setCookie(last, PARTNER)
    site.wait(31)
    expect((await ada.get(`${PARTNER}/private`)).status).toBe(200)
  })

  it('survives an outage of the provider, and is not signed out by it', async () => {
    const { site, ada, open, network } = await openSignedIn()
    network.isDown = true
    expect((await open()).status, 'while fresh').toBe(200)
    site.wait(331)
    const answer = await open()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await sessionCookie(ada)).not.toBe('')
    network.isDown = false
    expect((await open()).status).toBe(200)
  })

  it('ends with the session of the family at the latest when it is renewed', async () => {
    const partner = await openSignedIn()
    const { site, ada, user, open, fetched } = partner
    // No service tells the app.
    await leave(partner, user.id)
    expect((await open()).status, 'not heard of it yet').toBe(200)
    site.wait(331)
    expect((await fetched()).status).toBe(401)
    expect(await sessionCookie(ada), 'and its cookie is deleted').toBe('')
  })

  it('ends when its user withdraws their consent', async () => {
    const { site, signedIn } = await openPartner({ input: { first_party: false } })
    const ada = await signedIn()
    const { url, page } = await visit(ada, '/private')
    const action = /action="([^"]+)"/.exec(page.html)?.[1] as string
    expect(page.title).toContain('Partner')
    const { location } = await ada.request(new URL(action, site.origin).href, {
      method: 'POST',
      headers: {
        origin: site.origin,
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'content-type': 'application/x-www-form-urlencoded',
        referer: url,
      },
      body: new URLSearchParams({ ...page.form(action), action: 'allow' }).toString(),
    })
    expect((await visit(ada, location as string)).page.html).toBe('Hello, ada@example.com')
    const user = await site.service.users.findByEmail(ADA.email)
    const [consent] = await site.service.oidc.consents.list(user as never)
    await site.service.oidc.consents.withdraw(user as never, consent?.key as string, OPERATOR)
    site.wait(331)
    const answer = await ada.request(`${PARTNER}/private`, { headers: { accept: 'application/json' } })
    expect(answer.status).toBe(401)
  })

  it('goes on when its user ends all other sessions of the family, which the feed tells every app', async () => {
    const { site, ada, user, start, balancer } = await openSignedIn()
    const { sessions, revocations } = site.service
    balancer.at = start(undefined, { revocations: revocations as RevocationSource })
    expect((await ada.get(`${PARTNER}/private`)).status).toBe(200)
    const [here] = await sessions.list(user.id)
    site.wait(2)
    await sessions.start(user, DEVICE)
    await sessions.endOthers(user.id, here?.id as string)
    await eventually(() => expect(balancer.at.web.status().feed.entries).toBeGreaterThan(0))
    // Tokens of the same second count as earlier ones.
    site.wait(2)
    const answer = await ada.request(`${PARTNER}/private`, { headers: { accept: 'application/json' } })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['changed', (cookie: string) => cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    [
      'changed in the middle',
      (cookie: string) => cookie.replace(/\.(.)/g, (_, one) => `.${one === 'x' ? 'y' : 'x'}`),
    ],
    ['cut short', (cookie: string) => cookie.slice(0, -4)],
    ['invented', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['too long', (cookie: string) => cookie + 'A'.repeat(9000)],
  ])('whose cookie was %s is none', async (_, spoil) => {
    const { ada, partner } = await openSignedIn()
    const cookie = `__Host-latchkey.session=${spoil(await sessionCookie(ada))}`
    const answer = await partner.app.request(`${PARTNER}/private`, {
      headers: { cookie, accept: 'application/json' },
    })
    expect(answer.status).toBe(401)
    expect(JSON.stringify(partner.logged)).toContain('not_sealed')
  })

  it('is of no use to another app', async () => {
    const one = await openSignedIn()
    const cookie = `__Host-latchkey.session=${await sessionCookie(one.ada)}`
    const { opaqueToken } = await import('@latchkey/jwt-middleware')
    const { oidc } = await import('@latchkey/jwt-middleware/oidc')
    const clientSecret = opaqueToken('app_secret', new Uint8Array(32).fill(9))
    const other = one.start(undefined, { oidc: oidc({ clientId: one.client.clientId, clientSecret }) })
    const answer = await other.app.request(`${PARTNER}/private`, {
      headers: { cookie, accept: 'application/json' },
    })
    expect(answer.status).toBe(401)
  })

  it('is not taken as Bearer, and nor is a token of the family', async () => {
    const { ada, partner, site } = await openSignedIn()
    const family = await ada.jar.getCookies(site.origin)
    const tokens = [await sessionCookie(ada), ...family.map(({ value }) => value)]
    for (const token of tokens) {
      const as = [{ authorization: `Bearer ${token}` }, { authorization: `Bearer ${token}`, origin: PARTNER }]
      for (const headers of as) {
        const answer = await partner.app.request(`${PARTNER}/private`, {
          headers: { ...headers, accept: 'application/json' } as Record<string, string>,
        })
        expect(answer.status).toBe(401)
      }
    }
    for (const { value } of family) {
      const answer = await partner.app.request(`${PARTNER}/private`, {
        headers: {
          cookie: `__Host-latchkey.session=${value}; jwt.access=${value}`,
          accept: 'application/json',
        },
      })
      expect(answer.status).toBe(401)
    }
  })

  it('does not let pages of other origins act', async () => {
    const { fetched } = await openSignedIn()
    const answer = await fetched('/note', { method: 'POST', headers: { origin: 'https://evil.example' } })
    expect(answer.status).toBe(403)
  })

  it('is asked about at the provider by requireFresh()', async () => {
    const partner = await openSignedIn()
    const { open, fetched, user, network } = partner
    expect((await open('/fresh')).html).toBe('fresh')
    network.isDown = true
    expect((await open('/fresh')).status).toBe(503)
    network.isDown = false
    await leave(partner, user.id)
    expect((await fetched('/fresh')).status).toBe(401)
  })

  it('lets WebSockets in when it is stale, by a question to the provider that renews nothing', async () => {
    const partner = await openSignedIn()
    const { ada, site, user, fetched, tokenRequests } = partner
    site.wait(331)
    const [cookie, before] = [await sessionCookie(ada), tokenRequests()]
    const headers = { upgrade: 'websocket', 'sec-fetch-site': 'same-origin' }
    expect((await fetched('/private', { headers })).status).toBe(200)
    expect([await sessionCookie(ada), tokenRequests()]).toEqual([cookie, before])
    await leave(partner, user.id)
    site.wait(331)
    expect((await fetched('/private', { headers })).status).toBe(401)
  })

  it('gives no access token away', async () => {
    let found: unknown = 'not asked'
    const routes = (app: Hono) =>
      void app.get('/token', (c) => {
        const { user } = c.var
        found = user.isAuthenticated ? c.var.auth.accessTokenOf(user) : 'anonymous'
        return c.text('')
      })
    const { ada } = await openSignedIn({ routes })
    await ada.get(`${PARTNER}/token`)
    expect(found).toBeNull()
  })

  it('goes on if the clock is set back', async () => {
    const { site, open } = await openSignedIn()
    site.wait(-3600)
    expect((await open()).status).toBe(200)
  })
})

describe('The local user of an app off the domain', () => {
  it('is the same row as for a token of the family, by the uuid, on SQLite', async () => {
    const db = new Database(':memory:')
    const users = sqliteUsers(db)
    const { user, open } = await openSignedIn({ options: { users } })
    const rows = db.prepare('SELECT * FROM latchkey_users').all()
    expect(rows).toMatchObject([{ uuid: user.uuid, email: ADA.email, first_name: 'Ada' }])
    users.setActive(user.uuid, false)
    expect((await open()).status, 'cached').toBe(200)
  })

  it('is the same row on Postgres, with what a renewal brings', async () => {
    const pool = new pg.Pool({ connectionString: await freshPostgres() })
    onTestFinished(() => pool.end())
    const { site, user, open } = await openSignedIn({ options: { users: postgresUsers(pool) } })
    await site.service.users.update(user.uuid, { firstName: 'Augusta' })
    site.wait(331)
    expect((await open()).status).toBe(200)
    const { rows } = await pool.query('SELECT uuid, email, first_name FROM latchkey_users')
    expect(rows).toEqual([{ uuid: user.uuid, email: ADA.email, first_name: 'Augusta' }])
  })

  it('must be registered beforehand where the app says so', async () => {
    const users = memoryUsers()
    const { site, signedIn } = await openPartner({ options: { users, provisioning: 'existing' } })
    const ada = await signedIn()
    const { url, page } = await visit(ada, '/private')
    expect([url, page.status]).toEqual([`${PARTNER}/private`, 403])
    const user = await site.service.users.findByEmail(ADA.email)
    await users.register(user?.uuid as string)
    expect((await visit(ada, '/private')).page.status).toBe(200)
  })
})
