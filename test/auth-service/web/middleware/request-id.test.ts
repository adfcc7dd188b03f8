import { describe, expect, it } from 'vitest'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { ADA, openSite } from '../../support/site.ts'

const OWN_ID = /^[0-9a-hjkmnp-tv-z]{12}$/
const PROXY = { incoming: { socket: { remoteAddress: '10.0.0.1' } } }

describe('A request id', () => {
  it('is in the header of every response, and unique', async () => {
    const { app } = await openSite()
    const ids: (string | null)[] = []
    for (const path of ['/login', '/nothing', '/assets/icon.svg', '/account', '/healthz']) {
      ids.push((await app.request(path)).headers.get('x-request-id'))
    }
    for (const id of ids) expect(id).toMatch(OWN_ID)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each(['/nothing', '/account', '/admin'])('is in the problem at %s', async (path) => {
    const { app } = await openSite()
    const response = await app.request(path, { headers: { accept: 'application/json' } })
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await response.json()).toMatchObject({
      type: 'about:blank',
      request_id: response.headers.get('x-request-id'),
    })
  })

  it.each([
    ['/nothing', 404],
    ['/register?invitation=over', 410],
    ['/verify-email?token=over', 404],
    ['/password/reset?token=over', 404],
    ['/change-email?token=over', 404],
    ['/login/mail/link?token=over', 404],
  ])('is on the page at %s', async (path, status) => {
    const { browser } = await openSite({ signInByMail: 'on' })
    const page = await browser().get(path)
    expect(page.status).toBe(status)
    expect(page.html).toContain(`number: <code>${page.headers.get('x-request-id')}</code>`)
  })

  it("leaves a problem's cookies alone", async () => {
    const { app } = await openSite()
    const response = await app.request('/refresh', { method: 'POST' })
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toHaveLength(2)
    expect(await response.json()).toMatchObject({
      reason: 'missing',
      request_id: expect.stringMatching(OWN_ID),
    })
  })

  it('is shown to users who need help, and leads to the error in the log', async () => {
    const { browser, service } = await openSite({}, (service) => ({
      ...service,
      accounts: { ...service.accounts, signIn: () => Promise.reject(new TypeError('a bug')) },
    }))
    const page = await browser().submit('/login', '/login', ADA)
    expect(page.status).toBe(500)
    const id = page.headers.get('x-request-id')
    expect(page.html).toContain(`If you ask for help, give this number: <code>${id}</code>`)
    const lines = service.logged.filter(({ request_id }) => request_id === id)
    expect(lines).toMatchObject([
      { event: 'failure', route: '/login', err: { message: 'a bug' } },
      { event: 'request', route: '/login', status: 500 },
    ])
  })

  it('comes from a trusted proxy if it is well-formed', async () => {
    const { app } = await openSite({ trustedProxies: [{ address: '10.0.0.1', prefix: 32 }] })
    const ask = async (id: string, env: object = PROXY) =>
      (await app.request('/login', { headers: { 'x-request-id': id } }, env)).headers.get('x-request-id')
    for (const id of ['7f9c2ba4e88f827d616045507605853e', 'edge-1.7_0']) expect(await ask(id)).toBe(id)
    for (const id of [
      'short',
      'x'.repeat(65),
      'with space',
      '"quoted"',
      '<b>bold</b>',
      '{"a":1}',
      'ünter-uns',
    ]) {
      expect(await ask(Buffer.from(id).toString('latin1')), id).toMatch(OWN_ID)
    }
    const stranger = { incoming: { socket: { remoteAddress: '203.0.113.9' } } }
    expect(await ask('7f9c2ba4e88f827d616045507605853e', stranger)).toMatch(OWN_ID)
  })

  it('is kept apart between simultaneous requests', async () => {
    const { service } = await openSite()
    const app = createApp({
      ...service,
      database: {
        ...service.database,
        async ping() {
          await new Promise((resolve) => setImmediate(resolve))
          service.log.info({ event: 'pinged' })
        },
      },
    })
    const responses = await Promise.all(Array.from({ length: 20 }, () => app.request('/healthz')))
    const ids = responses.map(({ headers }) => headers.get('x-request-id'))
    const told = service.logged.filter(({ event }) => event === 'pinged').map(({ request_id }) => request_id)
    expect(new Set(told)).toEqual(new Set(ids))
    expect(new Set(told).size).toBe(20)
  })
})
