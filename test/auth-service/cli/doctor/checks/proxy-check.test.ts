import { rootCertificates } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPasswords } from '../../../../../auth-service/src/accounts/passwords/passwords.ts'
import { checkFeed } from '../../../../../auth-service/src/cli/doctor/checks/feed-check.ts'
import { checkProxy } from '../../../../../auth-service/src/cli/doctor/checks/proxy-check.ts'
import { checkReach } from '../../../../../auth-service/src/cli/doctor/checks/reachability-check.ts'
import { checkRunning } from '../../../../../auth-service/src/cli/doctor/checks/running-service-check.ts'
import type { Check, Target } from '../../../../../auth-service/src/cli/doctor/finding.ts'
import { probe } from '../../../../../auth-service/src/cli/doctor/http-probe.ts'
import { createService } from '../../../../../auth-service/src/service.ts'
import { serve } from '../../../../../auth-service/src/web/server.ts'
import { makeCertificate, startCaddy, startNginx } from '../../../../support/proxies.ts'
import { testConfig } from '../../../support/services.ts'

type Changes = Parameters<typeof testConfig>[0]

const LOOPBACK = { trustedProxies: [{ address: '127.0.0.1', prefix: 32 }] }
const APPEND = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
const REPLACE = 'proxy_set_header X-Forwarded-For $remote_addr;'

/** A service with the system clock, on a free port. */
async function startService(changes: Changes = {}): Promise<number> {
  const config = testConfig({ logLevel: 'silent', ...changes })
  const server = await serve(await createService(config, { passwords: createPasswords({ cost: 4 }) }))
  onTestFinished(() => server.close())
  return server.address.port
}

/** What a check finds with these settings, for a service on this port. */
async function look(check: Check, port: number, changes: Changes = {}, more: Partial<Target> = {}) {
  const config = testConfig({ authUrl: `http://127.0.0.1:${port}`, ...changes })
  const findings = await check({ config, internalUrl: null, apps: [], now: Date.now, ...more })
  return findings.map(({ status, what, remedy }) => [status, what, ...(remedy === undefined ? [] : [remedy])])
}

describe("The doctor's check of the connection", () => {
  it('sees that there is no proxy', async () => {
    const port = await startService(LOOPBACK)
    expect(await look(checkProxy, port, LOOPBACK)).toEqual([
      ['ok', 'There is no proxy between the doctor and the auth service.'],
    ])
  })

  it.each([
    ['nginx that appends', (port: number) => startNginx(port, [APPEND])],
    ['nginx that replaces', (port: number) => startNginx(port, [REPLACE])],
    ['Caddy by default', (port: number) => startCaddy(port)],
  ])('accepts %s to X-Forwarded-For and is listed in TRUSTED_PROXIES', async (_, start) => {
    const port = await start(await startService(LOOPBACK))
    expect(await look(checkProxy, port, LOOPBACK)).toEqual([
      ['ok', expect.stringMatching(/^The proxy .* reports client addresses/)],
    ])
  })

  it('finds nginx without X-Forwarded-For', async () => {
    const port = await startNginx(await startService(LOOPBACK), ['proxy_set_header X-Forwarded-For "";'])
    expect(await look(checkProxy, port, LOOPBACK)).toEqual([
      [
        'fail',
        expect.stringContaining('sends no X-Forwarded-For'),
        expect.stringContaining('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for'),
      ],
    ])
  })

  it('finds nginx that forwards what clients claim, as it does by default', async () => {
    const port = await startNginx(await startService(LOOPBACK))
    expect(await look(checkProxy, port, LOOPBACK)).toEqual([
      ['fail', expect.stringContaining('any client can claim any address'), expect.any(String)],
    ])
  })

  it('warns about an unlisted proxy, and prints its address', async () => {
    const port = await startNginx(await startService(), [APPEND])
    expect(await look(checkProxy, port)).toEqual([
      ['warn', expect.stringContaining('TRUSTED_PROXIES is empty'), expect.stringContaining('=127.0.0.1,')],
    ])
    const other = { trustedProxies: [{ address: '10.0.0.0', prefix: 8 }] }
    const elsewhere = await startNginx(await startService(other), [APPEND])
    expect(await look(checkProxy, elsewhere, other)).toEqual([
      ['warn', expect.stringContaining('is not in TRUSTED_PROXIES'), 'Add 127.0.0.1 to TRUSTED_PROXIES.'],
    ])
  })

  it('says that it could not check a service that is down or has another secret', async () => {
    const port = await startService()
    const secretKey = 'another secret of the tests, and just as long'
    expect(await look(checkProxy, port, { secretKey })).toEqual([
      [
        'warn',
        expect.stringContaining("Can't find out which client address the service sees: it answers 404"),
        expect.any(String),
      ],
    ])
    expect(await look(checkProxy, 9)).toEqual([
      ['warn', expect.stringContaining('nothing listens there'), expect.any(String)],
    ])
  })
})

describe("The doctor's check of the feed", () => {
  it.each([
    ['nginx, which our header tells not to buffer', (port: number) => startNginx(port)],
    ['nginx without buffering', (port: number) => startNginx(port, ['proxy_buffering off;'])],
    ['Caddy', (port: number) => startCaddy(port)],
  ])('receives its first event through %s', async (_, start) => {
    const port = await start(await startService())
    expect(await look(checkFeed, port)).toEqual([
      ['ok', expect.stringContaining('delivers its first event at once')],
    ])
  })

  it.each([
    ['nginx that ignores our header', ['proxy_ignore_headers X-Accel-Buffering;']],
    [
      'nginx that ignores our header, and compresses',
      ['proxy_ignore_headers X-Accel-Buffering;', 'gzip on;', 'gzip_types text/event-stream;'],
    ],
  ])('reports first that %s holds it back', async (_, lines) => {
    const port = await startNginx(await startService(), lines)
    expect(await look(checkFeed, port)).toEqual([
      [
        'fail',
        expect.stringContaining('is delayed on the way'),
        expect.stringMatching(/^Disable buffering and compression/),
      ],
    ])
  })
})

describe("The doctor's check of a private certificate authority", () => {
  const https = (port: number): Changes => ({ authUrl: `https://auth.demo.localhost:${port}`, https: true })

  it('reports a missing NODE_EXTRA_CA_CERTS', async () => {
    const certificate = makeCertificate('auth.demo.localhost')
    const port = await startNginx(await startService(), [APPEND], certificate)
    expect(await look(checkReach, port, https(port))).toEqual([
      [
        'fail',
        expect.stringContaining('its certificate is signed by an authority that Node does not trust'),
        expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      ],
    ])
    const url = `https://auth.demo.localhost:${port}/healthz`
    expect(await probe(url, { authorities: [certificate.authority] })).toMatchObject({ ok: true })
    expect(await probe(url, { authorities: rootCertificates })).toMatchObject({ ok: false })
  })

  it('reports a certificate for another host', async () => {
    const certificate = makeCertificate('www.demo.localhost')
    const port = await startNginx(await startService(), [APPEND], certificate)
    const answer = await probe(`https://auth.demo.localhost:${port}/`, {
      authorities: [certificate.authority],
    })
    expect(answer).toMatchObject({
      ok: false,
      reason: { reason: expect.stringContaining('DNS:www.demo.localhost') },
    })
  })
})

describe("The doctor's check for another Latchkey", () => {
  it('recognises it at AUTH_INTERNAL_URL by its keys', async () => {
    const [ours, other] = [await startService(), await startService()]
    const at = (port: number) => ({ internalUrl: `http://127.0.0.1:${port}` })
    expect(await look(checkReach, ours, {}, at(other))).toContainEqual([
      'fail',
      expect.stringContaining(`Another auth service answers at http://127.0.0.1:${other}`),
      expect.stringMatching(/^Set AUTH_INTERNAL_URL/),
    ])
    expect(await look(checkReach, ours, {}, at(ours))).toContainEqual([
      'ok',
      expect.stringContaining('publishes the same keys'),
    ])
  })

  it('finds a running service with different settings', async () => {
    const port = await startService({ authUrl: 'http://auth.demo.localhost:4000' })
    const same = { authUrl: `http://127.0.0.1:${port}` }
    const found = await look(checkRunning, port, {
      ...same,
      refreshCookie: 'auth',
      cookieDomain: 'localhost',
    })
    expect(found.map(([, what]) => what)).toEqual([
      expect.stringContaining('AUTH_URL=http://auth.demo.localhost:4000'),
      expect.stringContaining('COOKIE_DOMAIN=demo.localhost, but here it is localhost'),
      expect.stringContaining('REFRESH_COOKIE=family, but here it is auth'),
    ])
  })
})
