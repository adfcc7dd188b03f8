import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { checkProxy } from '../../../../auth-service/src/commands/doctor/proxy.ts'
import { serve } from '../../../../auth-service/src/server.ts'
import { openService, testConfig } from '../../support/services.ts'

const LOOPBACK = [{ address: '127.0.0.1', prefix: 32 }]

/** What is found where the doctor reaches the service at this port, with the settings that it runs with. */
const look = async (port: number, changes: Parameters<typeof testConfig>[0] = {}) =>
  (
    await checkProxy({
      config: testConfig({ authUrl: `http://127.0.0.1:${port}`, ...changes }),
      internalUrl: null,
      apps: [],
      now: Date.now,
    })
  ).map(({ status, what, remedy }) => [status, what, ...(remedy === undefined ? [] : [remedy])])

async function startService(changes: Parameters<typeof testConfig>[0] = {}): Promise<number> {
  const server = await serve(await openService(testConfig(changes)))
  onTestFinished(() => server.close())
  return server.address.port
}

/** Hands requests on as proxies do, and tells its name. */
async function startProxy(service: number): Promise<number> {
  const proxy = createServer(async ({ url, headers, socket }, outgoing) => {
    const id = headers['x-request-id']
    const answer = await fetch(`http://127.0.0.1:${service}${url}`, {
      headers: {
        'x-forwarded-for': socket.remoteAddress ?? '',
        ...(typeof id === 'string' && { 'x-request-id': id }),
      },
    })
    outgoing.setHeader('x-request-id', answer.headers.get('x-request-id') ?? '').setHeader('server', 'nginx')
    outgoing.writeHead(answer.status).end(await answer.text())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return (proxy.address() as AddressInfo).port
}

it('sees no proxy where there is none', async () => {
  expect(await look(await startService())).toEqual([['ok', 'No proxy shows in front of the auth service.']])
})

it('is content with a proxy that TRUSTED_PROXIES names', async () => {
  const port = await startProxy(await startService({ trustedProxies: LOOPBACK }))
  expect(await look(port, { trustedProxies: LOOPBACK })).toEqual([
    ['ok', expect.stringContaining('as TRUSTED_PROXIES says')],
  ])
})

it('warns of a proxy that is not named, and of one at another address than was named', async () => {
  const port = await startProxy(await startService())
  expect(await look(port)).toEqual([
    [
      'warn',
      expect.stringContaining('TRUSTED_PROXIES is empty: everybody behind it has its address'),
      expect.stringMatching(/^Set TRUSTED_PROXIES .* "untrusted_proxy"/),
    ],
  ])
  expect(await look(port, { trustedProxies: [{ address: '10.0.0.0', prefix: 8 }] })).toEqual([
    ['warn', expect.stringContaining('is not among TRUSTED_PROXIES'), expect.stringMatching(/^Compare/)],
  ])
})

it('takes TLS for a proxy, since the service speaks none', async () => {
  const port = await startService()
  expect(await look(port, { https: true })).toEqual([['warn', expect.any(String), expect.any(String)]])
})

it('says nothing where nobody answers', async () => {
  expect(await look(9)).toEqual([])
})
