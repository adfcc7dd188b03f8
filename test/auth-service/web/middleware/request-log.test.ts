import { describe, expect, it } from 'vitest'
import { randomToken } from '../../../../auth-service/src/platform/crypto/random-id.ts'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { APP } from '../../../support/tokens.ts'
import { ADA, openSite } from '../../support/site.ts'

/** An app that records its log. */
async function open(changes: Parameters<typeof openSite>[0] = {}) {
  const site = await openSite(changes)
  const written: string[] = []
  const log = createLog('debug', { write: (text) => void written.push(text) })
  return { ...site, app: createApp({ ...site.service, log }), written }
}

const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } })
const JSON_TYPE = { 'content-type': 'application/json' }

describe('The log line of a request', () => {
  it('has method, route, status, duration and network, and no input', async () => {
    const { app, written } = await open()
    await app.request(
      '/login?next=https%3A%2F%2Fapp1.demo.localhost%2Fsecret-page',
      {
        method: 'POST',
        headers: { ...JSON_TYPE, cookie: 'jwt.refresh=secret-token', 'user-agent': 'secret-agent' },
        body: JSON.stringify({ email: 'secret@example.com', password: 'secret-password' }),
      },
      from('203.0.113.9'),
    )
    const lines = written.map((line) => JSON.parse(line))
    expect(lines.filter(({ event }) => event === 'request')).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        request_id: expect.any(String),
        event: 'request',
        method: 'POST',
        route: '/login',
        status: 401,
        ms: expect.any(Number),
        network: expect.stringMatching(/^[\w-]{12}$/),
      },
    ])
    expect(written.join('')).not.toMatch(/secret|203\.0/)
  })

  it.each([
    ['GET', '/account/sessions/some-id/end', null, 401],
    ['POST', '/account/sessions/some-id/end', '/account/sessions/:id/end', 401],
    ['GET', '/nothing/of/the/kind', null, 404],
    ['DELETE', '/login', null, 405],
    ['HEAD', '/login', '/login', 200],
  ])('shows the route of %s %s as a pattern: %s', async (method, path, route, status) => {
    const { app, written } = await open()
    await app.request(path, { method })
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'request', method, route, status },
    ])
  })

  it.each(['/verify-email', '/password/reset', '/change-email', '/login/mail/link', '/register'])(
    'of %s reveals nothing of an emailed link, even if it is broken',
    async (path) => {
      const { app, service, written } = await open({ signInByMail: 'on' })
      const secret = randomToken()
      const query = new URLSearchParams({ token: secret, invitation: secret, next: `${APP}/${secret}` })
      const address = `${path}?${query}`
      const fields = { token: secret, invitation: secret, password: secret, email: `${secret}@example.com` }
      const headers = { ...JSON_TYPE, referer: address }
      for (const isBroken of [false, true]) {
        if (isBroken) await service.database.close()
        const asked = await app.request(address, { headers: { accept: 'text/html', referer: address } })
        const sent = await app.request(address, { method: 'POST', headers, body: JSON.stringify(fields) })
        for (const { status } of [asked, sent]) expect(status >= 500).toBe(isBroken)
      }
      const lines = written.map((line) => JSON.parse(line))
      expect(lines.filter(({ event }) => event === 'request')).toHaveLength(4)
      expect(lines.filter(({ event }) => event === 'failure')).toHaveLength(2)
      for (const { route } of lines) expect(route).toBe(path)
      expect(written.join('')).not.toContain(secret)
    },
  )

  it('has a stable, unique pseudonym for each network', async () => {
    const { app, written } = await open()
    for (const address of [
      '203.0.113.9',
      '::ffff:203.0.113.9',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0:1::1',
    ]) {
      await app.request('/login', {}, from(address))
    }
    const [a, b, c, d, e] = written.map((line) => JSON.parse(line).network)
    expect(a).toBe(b)
    expect(c).toBe(d)
    expect(new Set([a, c, e]).size).toBe(3)
  })

  it('is omitted for successful assets and health checks, unless the level is debug', async () => {
    const { app, written } = await open()
    await app.request('/assets/icon.svg')
    await app.request('/healthz')
    await app.request('/assets/nothing.svg')
    expect(written.map((line) => JSON.parse(line).level)).toEqual([20, 20, 30])
  })
})

describe('For any request', () => {
  const hostile = [
    ...naughtyStrings,
    ...Array.from({ length: 33 }, (_, code) => `a${String.fromCharCode(code)}b`),
    '\x7f\u0085\u2028\u2029',
    '"}\n{"level":60,"event":"forged"}',
    '\r\n{"level":60}',
    '%0a{"level":60}',
    '\x1b[2J\x1b[1;31m',
  ]
  /** As bytes, as Node passes headers on, without invalid characters. */
  const asHeader = (text: string) =>
    Buffer.from(text.replace(/\p{Cc}/gu, ' '))
      .toString('latin1')
      .trim()

  it('the log has one JSON line without any input', async () => {
    const { app, written } = await open()
    for (const text of hostile) {
      const header = asHeader(text)
      await app.request(
        `/${encodeURIComponent(text.toWellFormed())}?next=${encodeURIComponent(text.toWellFormed())}`,
        {
          headers: {
            'user-agent': header,
            'x-forwarded-for': header,
            'x-request-id': header,
            cookie: `jwt.refresh=${header}`,
            referer: header,
            accept: header,
          },
        },
      )
    }
    // The log mentions once that an unlisted client forwards requests.
    expect(written).toHaveLength(hostile.length + 1)
    for (const line of written) {
      expect(line).toMatch(/^[\x20-\x7e]*\n$/)
      const { level, event, request_id = 'beforehand00' } = JSON.parse(line)
      // The unlisted proxy is logged once.
      expect(['request 30', 'request 40', 'untrusted_proxy 50']).toContain(`${event} ${level}`)
      expect(request_id).toMatch(/^[0-9a-z]{12}$/)
    }
  })

  it('an error that quotes the input is one line, too', async () => {
    const { app: _, service, ...site } = await open()
    for (const text of hostile) {
      const broken = createApp({
        ...service,
        log: createLog('debug', { write: (line) => void site.written.push(line) }),
        accounts: { ...service.accounts, signIn: () => Promise.reject(new Error(text)) },
      })
      const answer = await broken.request('/login', {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify(ADA),
      })
      expect(answer.status).toBe(500)
    }
    expect(site.written).toHaveLength(2 * hostile.length)
    for (const line of site.written) {
      expect(line.indexOf('\n')).toBe(line.length - 1)
      expect(['failure', 'request']).toContain(JSON.parse(line).event)
    }
  })
})

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
