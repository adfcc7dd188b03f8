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
