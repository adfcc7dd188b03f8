import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import express from 'express'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { recordingLogger } from '../support/tokens.ts'
import { moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/recipes/websockets.md'
/** In place of the second between two checks, in ms. */
const PERIOD = 30
const OWN_URL = 'http://app1.example.com'

type Run = (given: object) => { server: Server }

describe.each([
  ['Hono', '/hono', () => new Hono()],
  ['Express', '/express', () => express()],
])('The recipe for WebSockets and streams in %s', (_, entry, createApp) => {
  let run: Run
  beforeAll(async () => {
    const module = await moduleOf(PAGE, `@latchkey/jwt-middleware${entry}'`, {
      wrap: { given: ['app', 'users', 'options', 'port'], returns: ['server'] },
      edit: (code) =>
        code
          .replace('users: sqliteUsers(db)', 'users, ...options')
          .replace('3000', 'port')
          .replaceAll('1000', String(PERIOD)),
    })
    run = module.run as Run
  })

  /** The app on a free port, and its auth service. */
  async function start() {
    let looks = 0
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const now = () => {
      looks++
      return testAuth.clock.now()
    }
    const log = recordingLogger()
    const users = sqliteUsers(new Database(':memory:'))
    const { server } = run({ app: createApp(), users, options: { ...testAuth.options, now, log }, port: 0 })
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    if (!server.listening) await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, testAuth, looks: () => looks, log }
  }

  const open = (port: number, headers: Record<string, string>) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live/socket`, {
      headers: { origin: OWN_URL, ...headers },
    })
    // Of what the test does not wait for.
    socket.on('error', () => {})
    onTestFinished(() => socket.terminate())
    return socket
  }

  /** The status with which the app refuses a socket. */
  async function refusal(socket: WebSocket): Promise<number | undefined> {
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    response.resume()
    return response.statusCode
  }

  async function openStream(port: number, headers: Record<string, string>): Promise<IncomingMessage> {
    const request = get({ host: '127.0.0.1', port, path: '/live/events', headers })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    onTestFinished(() => void response.destroy())
    return response
  }

  it('opens a socket for a user, who keeps it', async () => {
    const { port, testAuth, looks, log } = await start()
    const socket = open(port, testAuth.signedIn({ email: 'ada@example.com' }).headers)
    // At once, so that it arrives before the handler does.
    socket.once('open', () => socket.send('hello'))
    const [data] = await once(socket, 'message')
    expect(String(data)).toBe('ada@example.com: hello')
    const before = looks()
    await eventually(() => expect(looks(), 'several checks').toBeGreaterThan(before + 5), {
      interval: PERIOD,
    })
    socket.send('still here')
    expect(String((await once(socket, 'message'))[0])).toBe('ada@example.com: still here')
    expect(log.warnings).toEqual([])
  })

  it('keeps the socket of a program with a token of its own', async () => {
    const { port, testAuth, looks } = await start()
    const visitor = testAuth.signedIn()
    const socket = open(port, visitor.bearer)
    await once(socket, 'open')
    const before = looks()
    await eventually(() => expect(looks()).toBeGreaterThan(before + 5), { interval: PERIOD })
    expect(socket.readyState).toBe(WebSocket.OPEN)
    visitor.endSession()
    expect((await once(socket, 'close'))[0]).toBe(4401)
  })

  it('refuses a socket without a session, and one of another origin', async () => {
    const { port, testAuth } = await start()
    expect(await refusal(open(port, {}))).toBe(401)
    const { headers } = testAuth.signedIn()
    expect(await refusal(open(port, { ...headers, origin: 'http://app2.example.com' }))).toBe(403)
    expect((await send(`http://127.0.0.1:${port}/me`)).status).toBe(401)
  })

  it.each<[string, (visitor: ReturnType<TestAuth['signedIn']>, testAuth: TestAuth) => void]>([
    ['the session ends elsewhere', (visitor) => visitor.endSession()],
    ['the account changes', (visitor) => visitor.change({ email: 'ada@example.org' })],
    ['the user is deleted', ({ uuid }, testAuth) => testAuth.deleteUser(uuid)],
    ['the access token ends', (_, testAuth) => testAuth.clock.advance(400)],
  ])('ends socket and stream when %s', async (_, change) => {
    const { port, testAuth } = await start()
    const visitor = testAuth.signedIn()
    const socket = open(port, visitor.headers)
    await once(socket, 'open')
    const stream = await openStream(port, visitor.headers)
    expect(String((await once(stream, 'data'))[0])).toMatch(/^data: \d/)
    const streamEnded = new Promise((ended) =>
      stream
        .on('error', () => {})
        .once('close', ended)
        .resume(),
    )
    change(visitor, testAuth)
    expect((await once(socket, 'close')).map(String)).toEqual(['4401', 'signed out'])
    await streamEnded
  })

  it('lets a socket in after the access token has ended, and a stream with new cookies', async () => {
    const { port, testAuth } = await start()
    const visitor = testAuth.signedIn()
    testAuth.clock.advance(400)
    await once(open(port, visitor.headers), 'open')
    const stream = await openStream(port, visitor.headers)
    expect(stream.headers['set-cookie']).toHaveLength(2)
    expect(stream.headers['x-accel-buffering']).toBe('no')
  })
})
