import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDrain } from '../../../../auth-service/src/platform/process/graceful-shutdown.ts'
import { eventually } from '../../../support/eventually.ts'

/** A server that can be drained, and ends with the test. */
async function listen(listener: RequestListener, timeout = 10_000) {
  const server = createServer(listener)
  const drain = createDrain(server, timeout)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const ask = (path = '/'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', path, agent })
      outgoing.on('response', resolve).on('error', reject).end()
    })
  return { server, port, drain, ask }
}

async function read(response: IncomingMessage, breath = 0): Promise<number> {
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (breath > 0) await setTimeout(breath)
  }
  return length
}

describe('A server that shuts down', () => {
  it('answers further requests on an open connection, and then closes it', async () => {
    const { server, drain, ask } = await listen((_, response) => void response.end('Hello'))
    const first = await ask()
    await read(first)
    const drained = drain()
    await eventually(() => expect(server.listening).toBe(false))
    const second = await ask()
    expect([first.headers.connection, second.headers.connection]).toEqual(['keep-alive', 'close'])
    expect(await read(second)).toBe(5)
    await drained
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('announces the end of the connection in the current response', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { server, drain, ask } = await listen(async (_, response) => {
      await released
      response.end('Hello')
    })
    const asked = once(server, 'request')
    const pending = ask()
    await asked
    const drained = drain()
    await eventually(() => expect(server.listening).toBe(false))
    release()
    expect((await pending).headers.connection).toBe('close')
    await read(await pending)
    await drained
  })

  it('sends a long response completely to a slow reader', async () => {
    const length = 16 * 1024 * 1024
    const { drain, ask } = await listen((_, response) => void response.end(Buffer.alloc(length)))
    const response = await ask()
    const drained = drain()
    expect(await read(response, 5)).toBe(length)
    await drained
  })

  it('waits for a request that has partly arrived', async () => {
    const { server, port, drain } = await listen((_, response) => void response.end('Hello'))
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
    await once(server, 'connection')
    const begin = performance.now()
    const drained = drain()
    await eventually(() => expect(server.listening).toBe(false))
    socket.write('\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 .*\r\nConnection: close\r\n/s)
    await drained
    expect(performance.now() - begin).toBeLessThan(9_000)
  })

  it('cuts off requests that take longer than the limit', async () => {
    const { drain, ask } = await listen((_, response) => void response.write('Once upon a time'), 300)
    const story = read(await ask())
    story.catch(() => {})
    await drain()
    await expect(story).rejects.toThrow()
  })
})
