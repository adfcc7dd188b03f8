import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { serve } from '../../../auth-service/src/web/server.ts'
import { eventually } from '../../support/eventually.ts'
import { smtpSettings } from '../support/mail-server.ts'
import { openService, testConfig } from '../support/services.ts'

describe('The server', () => {
  it('listens on HOST and PORT; PORT=0 picks a free port', async () => {
    const server = await serve(await openService(testConfig()))
    expect(server.address).toMatchObject({ address: '127.0.0.1', port: expect.any(Number) })
    const response = await fetch(`http://127.0.0.1:${server.address.port}/healthz`)
    expect(response.status).toBe(200)
    await server.close()
  })

  it('deletes expired data soon after the start', async () => {
    const service = await openService(testConfig())
    const cleanUpSoon = vi.fn()
    await (await serve({ ...service, cleanUpSoon })).close()
    expect(cleanUpSoon).toHaveBeenCalledTimes(1)
  })

  it.each([
    [
      'warns when email is only stored, and not readable',
      { authUrl: 'https://auth.demo.localhost', https: true },
      1,
    ],
    ['logs nothing about email with the dev inbox', {}, 0],
    ['logs nothing about email when it is sent', smtpSettings(25), 0],
  ])('%s', async (_, config, lines) => {
    const service = await openService(testConfig(config))
    const server = await serve(service)
    await server.close()
    expect(service.logged.filter(({ event }) => event === 'mail_is_kept')).toHaveLength(lines)
  })

  it.each([
    [1, 'error where AUTH_URL is https and no proxy is named', 'https://auth.example.com', []],
    [0, 'nothing where one is', 'https://auth.example.com', [{ address: '10.0.0.1', prefix: 32 }]],
    [0, 'nothing over http', 'http://auth.demo.localhost:4000', []],
  ])('logs %i %s', async (lines, _, authUrl, trustedProxies) => {
    const config = { authUrl, https: authUrl.startsWith('https:'), trustedProxies }
    const service = await openService(testConfig(config))
    await (await serve(service)).close()
    const found = service.logged.filter(({ event }) => event === 'no_trusted_proxy')
    expect(found.map(({ level }) => level)).toEqual(Array(lines).fill(50))
  })

  it('does not start if the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const service = await openService(testConfig({ port }))
    await expect(serve(service)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await service.close()
    other.close()
  })

  it('finishes current requests and accepts no new ones when it closes', async () => {
    const service = await openService(testConfig())
    const { started, release, ping } = heldBack()
    const server = await serve({ ...service, database: { ...service.database, ping } })
    const url = `http://127.0.0.1:${server.address.port}/healthz`
    const underWay = fetch(url)
    await started
    const closed = server.close()
    await eventually(() => refused(server.address.port))
    release()
    expect((await underWay).status).toBe(200)
    const answered = performance.now()
    await closed
    expect(performance.now() - answered).toBeLessThan(9000)
  })

  it('does not wait for idle connections when it closes', async () => {
    const service = await openService(testConfig())
    const server = await serve(service)
    const socket = connect(server.address.port, '127.0.0.1')
    socket.write('GET /healthz HTTP/1.1\r\nHost: auth.demo.localhost\r\n\r\n')
    await once(socket, 'data')
    const end = once(socket, 'close')
    socket.resume()
    await server.close()
    await end
    await expect(service.database.ping()).rejects.toThrow('not open')
  })
})

describe('A client that resets its connection without waiting for the answer', () => {
  const REQUEST = 'GET /healthz HTTP/1.1\r\nHost: auth.demo.localhost\r\n\r\n'

  async function opened() {
    const service = await openService(testConfig())
    const server = await serve(service)
    onTestFinished(() => server.close())
    const { port } = server.address
    return {
      port,
      ask: async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200),
      /** The networks of all requests so far. */
      networks: () => service.logged.filter(({ event }) => event === 'request').map(({ network }) => network),
    }
  }

  it('is counted by its network all the same', async () => {
    const { port, ask, networks } = await opened()
    const client = connect(port, '127.0.0.1')
    await once(client, 'connect')
    // By now, the first connection has been accepted as well.
    await ask()
    client.write(REQUEST)
    // The server has not read the request yet.
    client.resetAndDestroy()
    for (let i = 0; i < 3; i++) await ask()
    expect(new Set(networks()).size).toBe(1)
  })

  it('is not served if it did so before its connection was accepted', async () => {
    const { port, ask, networks } = await opened()
    // The server can accept nothing meanwhile.
    const { status } = spawnSync(process.execPath, [
      '--eval',
      `const client = require('node:net').connect(${port}, '127.0.0.1', () =>
        client.write(${JSON.stringify(REQUEST)}, () => client.resetAndDestroy()))`,
    ])
    expect(status).toBe(0)
    for (let i = 0; i < 3; i++) await ask()
    expect(networks()).toHaveLength(3)
  })
})

/** Resolves once the port is closed. */
async function refused(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const taken = await once(socket, 'connect').catch(() => null)
  socket.destroy()
  if (taken) throw new Error('A connection was taken.')
}

/** A database response that the test releases. */
function heldBack() {
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  return {
    started: asked.promise,
    release: answer.resolve,
    ping: () => {
      asked.resolve()
      return answer.promise
    },
  }
}
