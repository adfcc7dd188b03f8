import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { get } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import express from 'express'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { send } from '../support/http.ts'
import { recordingLogger } from '../support/tokens.ts'
import { moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/recipes/websockets.md'
/** In place of the second between two events, in ms. */
const PERIOD = 30
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': Buffer.alloc(16).toString('base64'),
}
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
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const log = recordingLogger()
    const users = sqliteUsers(new Database(':memory:'))
    const { server } = run({ app: createApp(), users, options: { ...testAuth.options, log }, port: 0 })
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    if (!server.listening) await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, testAuth, log }
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

  const answerOf = async (socket: WebSocket, text: string): Promise<string> => {
    socket.send(text)
    return String((await once(socket, 'message'))[0])
  }

  it('opens a socket for a user, who keeps it after the access token has ended', async () => {
    const { port, testAuth, log } = await start()
    const socket = open(port, testAuth.signedIn({ email: 'ada@example.com' }).headers)
    // At once, so that it arrives before the handler does.
    socket.once('open', () => socket.send('hello'))
    const [data] = await once(socket, 'message')
    expect(String(data)).toBe('ada@example.com: hello')
    testAuth.clock.advance(400)
    expect(await answerOf(socket, 'still here')).toBe('ada@example.com: still here')
    expect(log.warnings).toEqual([])
  })

  it('closes the socket of a program with a token of its own', async () => {
    const { port, testAuth } = await start()
    const visitor = testAuth.signedIn()
    const socket = open(port, visitor.bearer)
    await once(socket, 'open')
    visitor.endSession()
    expect((await once(socket, 'close'))[0]).toBe(4401)
  })

  it('cuts off a client that does not answer the close', async () => {
    const { port, testAuth } = await start()
    const visitor = testAuth.signedIn()
    const request = get({
      host: '127.0.0.1',
      port,
      path: '/live/socket',
      headers: { origin: OWN_URL, ...UPGRADE, ...visitor.headers },
    })
    const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket]
    onTestFinished(() => void socket.destroy())
    const closed = once(socket.resume(), 'close')
    visitor.endSession()
    await closed
  })

  it('refuses a socket without a session, and one of another origin', async () => {
    const { port, testAuth } = await start()
    expect(await refusal(open(port, {}))).toBe(401)
    const { headers } = testAuth.signedIn()
    expect(await refusal(open(port, { ...headers, origin: 'http://app2.example.com' }))).toBe(403)
    expect((await send(`http://127.0.0.1:${port}/me`)).status).toBe(401)
  })

  it.each<[string, string[], (visitor: ReturnType<TestAuth['signedIn']>, testAuth: TestAuth) => void]>([
    ['the session ends elsewhere', ['4401', 'signed out'], (visitor) => visitor.endSession()],
    ['the user is deleted', ['4401', 'signed out'], ({ uuid }, testAuth) => testAuth.deleteUser(uuid)],
    ['the account changes', ['1012', 'account changed'], (visitor) => visitor.change({ isStaff: true })],
  ])('ends socket and stream when %s, and no others', async (_, expected, change) => {
    const { port, testAuth } = await start()
    const [visitor, other] = [testAuth.signedIn(), testAuth.signedIn({ email: 'bob@example.com' })]
    const [socket, others] = [open(port, visitor.headers), open(port, other.headers)]
    await Promise.all([once(socket, 'open'), once(others, 'open')])
    const stream = await openStream(port, visitor.headers)
    expect(String((await once(stream, 'data'))[0])).toMatch(/^data: \d/)
    testAuth.clock.advance(400)
    const streamEnded = new Promise((ended) =>
      stream
        .on('error', () => {})
        .once('close', ended)
        .resume(),
    )
    const socketEnded = once(socket, 'close')
    change(visitor, testAuth)
    expect((await socketEnded).map(String)).toEqual(expected)
    await streamEnded
    expect(await answerOf(others, 'still here')).toBe('bob@example.com: still here')
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
