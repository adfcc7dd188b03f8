import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { definePermissions } from '@latchkey/jwt-middleware'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import type { FetchHandler } from '@latchkey/jwt-middleware/web'
import { type FastifyInstance, fastify } from 'fastify'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { deadPort } from '../support/dead-port.ts'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { bundleForWorkers, type RuntimeApp, startWorker } from '../support/runtimes.ts'
import { startNode, startProgram, tempApp } from '../support/temp-app.ts'
import { recordingLogger } from '../support/tokens.ts'
import { blocksOf, readPage } from './pages.ts'
import { codeOf, moduleOf } from './recipe-modules.ts'

const root = resolve(import.meta.dirname, '../..')
const OWN_URL = 'http://app1.example.com'
const PAGE_HEADERS = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
const LOGIN = `http://auth.latchkey.test/login?next=${encodeURIComponent(`${OWN_URL}/notes`)}`
const permissions = definePermissions({ 'notes.publish': ['editors'], 'cards.read': ['editors'] })

let testAuth: TestAuth
let options: object
beforeEach(() => {
  testAuth = createTestAuth({ ownUrl: OWN_URL })
  options = { ...testAuth.options, permissions, log: recordingLogger() }
})

/** Several blocks of a page as one app: the first makes and starts it, the others have more routes. */
function joined(page: string, more: readonly string[]): (code: string) => string {
  return (code) => {
    const lines = code.split('\n')
    const start = lines.findIndex((line) => /^(const server = |app\.listen)/.test(line))
    const others = more.map((text) => codeOf(page, text))
    return onceImported([...lines.slice(0, start), ...others, ...lines.slice(start)].join('\n'))
      .replace("'app.sqlite')) }", "':memory:')), ...options }")
      .replace('listen(3000)', "listen(0, '127.0.0.1')")
      .replace('listen({ port: 3000 })', "listen({ port: 0, host: '127.0.0.1' })")
      .replace('port: 3000 }', "port: 0, hostname: '127.0.0.1' }")
      .replaceAll('1000)', '20)')
  }
}

/** Each name is imported once. */
function onceImported(code: string): string {
  const known = new Set<string>()
  return code.replaceAll(/^import \{ (.+) \} from (.+)$/gm, (_, names: string, source: string) => {
    const fresh = names.split(', ').filter((name) => !known.has(name))
    for (const name of fresh) known.add(name)
    return fresh.length > 0 ? `import { ${fresh.join(', ')} } from ${source}` : ''
  })
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function open(server: Server): Promise<string> {
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  if (!server.listening) await once(server, 'listening')
  return urlOf(server)
}

const listen = (listener: RequestListener) => open(createServer(listener).listen(0, '127.0.0.1'))

const ask = async (url: string, headers: Record<string, string> = {}) => {
  const { status, text } = await send(url, { headers })
  return [status, text]
}

describe.each([
  ['hono', ["'/reports'", '/api/cards'], 'server'],
  ['express', ["'/reports'", '/api/cards'], 'server'],
  ['fastify', ["'/reports'", '/api/cards', 'addContentTypeParser', '/events'], 'app'],
  ['koa', ["'/reports'", '/api/cards', '/events'], 'server'],
  ['node', [], 'server'],
])('The app of docs/frameworks/%s.md', (name, more, returns) => {
  const page = `docs/frameworks/${name}.md`
  async function start() {
    const { run } = await moduleOf(page, "'app.sqlite'", {
      wrap: { given: ['options'], returns: [returns] },
      edit: joined(page, more),
    })
    const started = (run as (given: object) => Record<string, Server | FastifyInstance>)({ options })
    const one = started[returns] as Server | FastifyInstance
    return open('server' in one ? (one.server as Server) : one)
  }

  it('greets, leads to the login page, and signs out', async () => {
    const url = await start()
    const ada = testAuth.signedIn({ email: 'ada@example.com', groups: ['editors'] })
    expect(await ask(url)).toEqual([200, 'Hello'])
    expect(await ask(url, ada.headers)).toEqual([200, 'Hello ada@example.com'])
    expect(await ask(`${url}/notes`, ada.headers)).toEqual([200, 'Notes of ada@example.com'])
    const stranger = await send(`${url}/notes`, { headers: PAGE_HEADERS })
    expect([stranger.status, stranger.headers.location]).toEqual([302, LOGIN])

    // A button, as browsers send it.
    const left = await send(`${url}/sign-out`, {
      method: 'POST',
      headers: {
        ...PAGE_HEADERS,
        ...ada.headers,
        origin: OWN_URL,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': '0',
      },
    })
    expect([left.status, left.headers.location]).toEqual([303, `${OWN_URL}/`])
    expect((await ask(`${url}/notes`, ada.headers))[0]).toBe(401)
  })

  if (more.length > 0)
    it('guards the other routes of the page, and takes API tokens', async () => {
      const url = await start()
      const ada = testAuth.signedIn({ email: 'ada@example.com', groups: ['editors'] })
      const bob = testAuth.signedIn({ email: 'bob@example.com', isStaff: true })
      expect((await ask(`${url}/reports`, ada.headers))[0]).toBe(403)
      expect(await ask(`${url}/reports`, bob.headers)).toEqual([200, 'All reports'])
      const publish = (headers: Record<string, string>) =>
        send(`${url}/notes`, { method: 'POST', headers: { ...headers, origin: OWN_URL } })
      expect((await publish(ada.headers)).status).toBe(204)
      expect((await publish(bob.headers)).status).toBe(403)
      expect((await ask(`${url}/notes/${name === 'koa' ? 'mine' : '1'}`, bob.headers))[0]).toBe(200)

      const editor = { email: 'ada@example.com', groups: ['editors'], scopes: ['cards.read'] }
      expect(await ask(`${url}/api/cards`, testAuth.apiToken(editor).headers)).toEqual([
        200,
        'ada@example.com',
      ])
      const app = testAuth.apiToken({ app: 'reports', scopes: ['cards.read'] })
      expect(await ask(`${url}/api/cards`, app.headers)).toEqual([200, 'the app reports'])
      expect((await ask(`${url}/api/cards`, ada.headers))[0]).toBe(401)
    })

  if (more.includes('/events'))
    it('ends a stream with its session', async () => {
      const url = await start()
      const ada = testAuth.signedIn()
      const stream = await openStream(`${url}/events`, ada.headers)
      ada.endSession()
      await ended(stream)
    })
})

async function openStream(url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { headers }), 'response')) as [IncomingMessage]
  onTestFinished(() => void response.destroy())
  expect(response.headers['content-type']).toMatch(/^text\/event-stream\b/)
  expect(String((await once(response, 'data'))[0])).toMatch(/^data: \d/)
  return response
}

const ended = (stream: IncomingMessage) =>
  new Promise((resolve) =>
    stream
      .on('error', () => {})
      .once('close', resolve)
      .resume(),
  )

/** Opens sockets at an address that answers with the email and the message. */
async function trySockets(url: string): Promise<void> {
  const connect = (headers: Record<string, string>) => {
    const socket = new WebSocket(url, { headers: { origin: OWN_URL, ...headers } })
    socket.on('error', () => {})
    onTestFinished(() => socket.terminate())
    return socket
  }
  const refusalOf = async (socket: WebSocket): Promise<number | undefined> => {
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    response.resume()
    return response.statusCode
  }
  const ada = testAuth.signedIn()
  const socket = connect(ada.headers)
  await once(socket, 'open')
  socket.send('hello')
  expect(String((await once(socket, 'message'))[0])).toBe('ada@example.com: hello')
  expect(await refusalOf(connect({ ...ada.headers, origin: 'http://app2.example.com' }))).toBe(403)
  expect(await refusalOf(connect({}))).toBe(401)
  testAuth.clock.advance(400)
  const late = connect(ada.headers)
  await once(late, 'open')
  const closed = Promise.all([socket, late].map((one) => once(one, 'close')))
  ada.endSession()
  expect((await closed).map(([code]) => code)).toEqual([4401, 4401])
}

it.each([
  ['4', 'express-4'],
  ['5', 'express'],
])('The app of docs/frameworks/express.md with require runs on Express %s', async (_, express) => {
  const folder = tempApp({
    'app.cjs': `${codeOf('docs/frameworks/express.md', '// app.cjs')
      .replace("require('express')", `require('${express}')`)
      .replace('listen(3000)', "listen(0, '127.0.0.1')")}
      console.log(require.resolve('@latchkey/jwt-middleware/express'))
      server.on('listening', () => console.log('at port', server.address().port))`,
  })
  const env = { LOGIN_URL: 'http://auth.latchkey.test/login', OWN_URL }
  const app = startNode(folder, ['app.cjs'], env)
  const [, port] = await app.until(/at port (\d+)/)
  expect(app.output()).toContain(join('dist', 'express.js'))
  const { status, headers } = await send(`http://127.0.0.1:${port}/notes`, { headers: PAGE_HEADERS })
  expect([status, headers.location]).toEqual([302, LOGIN])
})

describe('The parts of docs/frameworks/fastify.md', () => {
  it('open a socket for a user of this origin alone, and end it with the session', async () => {
    const page = 'docs/frameworks/fastify.md'
    const { run } = await moduleOf(page, "'app.sqlite'", {
      wrap: { given: ['options'], returns: ['app'] },
      edit: joined(page, ['websocket: true']),
    })
    const { app } = (run as (given: object) => { app: FastifyInstance })({ options })
    await trySockets(`${(await open(app.server)).replace('http', 'ws')}/live`)
  })

  it('keep public files free of users, and others private', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-files-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const name of ['public', 'files']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'a.txt'), name)
    }
    const { run } = await moduleOf('docs/frameworks/fastify.md', 'pages.register', {
      wrap: { given: ['app', 'options', 'folder'], returns: [] },
      edit: (code) =>
        code
          .replace('users: sqliteUsers(db)', '...options')
          .replaceAll(/'\/srv\/app(\/\w+)'/g, 'folder + "$1"'),
    })
    const app = fastify()
    onTestFinished(() => app.close())
    ;(run as (given: object) => void)({ app, options, folder })
    const ada = testAuth.signedIn()
    const open = await app.inject('/public/a.txt')
    expect([open.body, open.headers['cache-control']]).toEqual(['public', 'public, max-age=86400'])
    expect((await app.inject('/files/a.txt')).statusCode).toBe(401)
    const own = await app.inject({ url: '/files/a.txt', headers: ada.headers })
    expect([own.body, own.headers['cache-control']]).toEqual(['files', 'private, max-age=0'])
    expect((await app.inject({ url: '/', headers: ada.headers })).body).toBe('Hello ada@example.com')
  })
})

it.each(['koa', 'node'])(
  'docs/frameworks/%s.md opens sockets for users of this origin alone',
  async (name) => {
    const { run } = await moduleOf(`docs/frameworks/${name}.md`, 'web.upgrade', {
      wrap: { given: ['options', 'server'], returns: [] },
      edit: (code) => code.replace('users: sqliteUsers(db)', '...options'),
    })
    const server = createServer()
    ;(run as (given: object) => void)({ options, server })
    await trySockets((await open(server.listen(0, '127.0.0.1'))).replace('http', 'ws'))
  },
)

describe('The parts of docs/frameworks/node.md', () => {
  const page = 'docs/frameworks/node.md'
  const block = async (text: string, returns: string[]) => {
    const { run } = await moduleOf(page, text, {
      wrap: { given: ['options'], returns },
      edit: (code) => code.replace('users: sqliteUsers(db)', '...options'),
    })
    return run as (given: object) => { server: Server; cards: RequestListener }
  }

  it('guard routes, and take API tokens', async () => {
    const { server } = (await block('mayPublish', ['server']))({ options })
    const url = await open(server.listen(0, '127.0.0.1'))
    const ada = testAuth.signedIn({ groups: ['editors'] })
    expect((await ask(`${url}/reports`, ada.headers))[0]).toBe(403)
    expect(
      await ask(`${url}/reports`, testAuth.signedIn({ isStaff: true, email: 'b@example.com' }).headers),
    ).toEqual([200, 'All reports'])
    expect(await ask(url, ada.headers)).toEqual([200, 'ada@example.com publishes'])
    const api = await listen((await block('web.tokenRequired', ['cards']))({ options }).cards)
    const { headers } = testAuth.apiToken({ groups: ['editors'], scopes: ['cards.read'] })
    expect(await ask(api, headers)).toEqual([200, 'ada@example.com'])
  })
})

describe('The parts of docs/frameworks/fetch.md', () => {
  const page = 'docs/frameworks/fetch.md'
  /** `app.ts` of the page is loaded once. */
  const shared = createTestAuth({ ownUrl: OWN_URL })
  Object.assign(globalThis, {
    latchkeyOptions: { ...shared.options, permissions, log: recordingLogger() },
  })
  const load = (text: string, from = page) =>
    moduleOf(from, text, {
      edit: (code) =>
        code
          .replace('auth()', 'auth((globalThis as any).latchkeyOptions)')
          .replace('auth({ ', 'auth({ ...(globalThis as any).latchkeyOptions, ')
          .replace('1000)', '20)'),
    })
  const serve = (handler: unknown) =>
    listen(getRequestListener((request) => (handler as FetchHandler)(request)))

  it('guard routes, take API tokens, and end streams', async () => {
    const { reports, publish } = await load('export const reports')
    const ada = shared.signedIn({ email: 'ada@example.com', groups: ['editors'] })
    expect((await ask(await serve(reports), ada.headers))[0]).toBe(403)
    expect((await ask(await serve(publish), ada.headers))[0]).toBe(204)
    const { cards } = await load('export const cards')
    const { headers } = shared.apiToken({
      email: 'ada@example.com',
      groups: ['editors'],
      scopes: ['cards.read'],
    })
    expect(await ask(await serve(cards), headers)).toEqual([200, 'ada@example.com'])
    const { events } = await load('export const events')
    const stream = await openStream(await serve(events), ada.headers)
    ada.endSession()
    await ended(stream)
  })

  it('are an adapter whose every answer carries the cookies of a renewal', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    const { middleware } = await load('export async function middleware', 'docs/frameworks/your-own.md')
    type Next = (user: { email?: string }) => Promise<Response>
    const run = (request: Request, next: Next) =>
      (middleware as (request: Request, next: Next) => Promise<Response>)(request, next)
    const asked = (path: string, headers = {}) => new Request(OWN_URL + path, { headers })
    const never: Next = () => Promise.reject(new Error('must not be called'))
    expect((await run(asked('/notes'), never)).status).toBe(401)
    const open = await run(asked('/'), async ({ email }) => new Response(String(email)))
    expect(await open.text()).toBe('undefined')
    for (const next of [async () => new Response('fine'), never]) {
      const visitor = shared.signedIn({ email: 'bob@example.com' })
      shared.clock.advance(361)
      const answer = await run(asked('/notes', visitor.headers), next)
      expect([answer.status, answer.headers.getSetCookie().length]).toEqual([next === never ? 500 : 200, 2])
    }
  })

  it.each([
    ['Bun', 'Bun.serve', 'node_modules/.bin/bun', []],
    ['Deno', 'Deno.serve', 'node_modules/.bin/deno', ['run', '--node-modules-dir=manual']],
  ])('run in %s', { timeout: 120_000 }, async (_, text, program, args) => {
    const port = await deadPort()
    const [allowed = ''] = /`(--allow-net[^`]+)`/.exec(readPage(page)) ?? []
    const flags = args.length > 0 ? [...args, ...allowed.replaceAll('`', '').split(' ')] : []
    const app = blocksOf(page).find(({ code }) => code.startsWith('// app.ts'))?.code ?? ''
    const folder = tempApp({
      'package.json': '{"type":"module","dependencies":{"@latchkey/jwt-middleware":"*"}}',
      'app.ts': app.replace('auth()', 'auth((globalThis as any).options)'),
      'server.ts': codeOf(page, text).replace('port: 3000', `port: ${port}, hostname: '127.0.0.1'`),
      'try.ts': TRY.replace('PORT', String(port)),
    })
    const { ended, output } = startProgram(join(root, program), folder, [...flags, 'try.ts'], {
      HOME: folder,
    })
    expect(await ended, output()).toBe(0)
    const [, found = ''] = /^(\{.*\})$/m.exec(output()) ?? []
    expect(JSON.parse(found)).toEqual({
      start: [200, 'Hello', 0],
      page: [302, LOGIN],
      user: [200, 'Notes of ada@example.com', 0],
      renewed: [200, 'Notes of ada@example.com', 2],
      token: [200, 'Notes of ada@example.com', 0],
    })
  })
})

describe('The parts of docs/frameworks/workers.md', () => {
  const page = 'docs/frameworks/workers.md'
  const shared = createTestAuth({ ownUrl: OWN_URL })
  const { loginUrl, clientId, clientSecret } = shared.options
  const vars = { LOGIN_URL: loginUrl, OWN_URL, AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret }

  /** The block as a worker with the settings of the page. */
  async function start(text: string, edit = (code: string) => code): Promise<RuntimeApp> {
    const service = await shared.listen()
    onTestFinished(service.close)
    const folder = tempApp({ 'worker.ts': edit(codeOf(page, text)) })
    const { compatibility_date: compatibilityDate, compatibility_flags: flags } = JSON.parse(
      codeOf(page, 'compatibility_date'),
    )
    const credentials = /apiTokens/.test(text) ? vars : { LOGIN_URL: vars.LOGIN_URL, OWN_URL }
    const bindings = { ...credentials, AUTH_INTERNAL_URL: service.url }
    const code = await bundleForWorkers(join(folder, 'worker.ts'))
    const app = await startWorker(code, bindings, { compatibilityDate, flags })
    onTestFinished(() => app.close())
    return app
  }
  const host = { host: new URL(OWN_URL).host }
  const get = (app: RuntimeApp, path: string, headers: Record<string, string> = {}) =>
    send(app.origin + path, { headers: { ...host, ...headers } })
  const asWorker = (name: string) => (code: string) => `${code}\nexport default { fetch: ${name} }`

  it('greet, lead to the login page, renew, and sign out', async () => {
    const app = await start('// worker.ts')
    const ada = shared.signedIn({ email: 'ada@example.com' })
    expect((await get(app, '/')).text).toBe('Hello ')
    expect((await get(app, '/', ada.headers)).text).toBe('Hello ada@example.com')
    const notes = await get(app, '/notes', ada.headers)
    expect([notes.text, notes.headers['cache-control'], notes.headers.vary]).toEqual([
      'Notes of ada@example.com',
      'private, no-store',
      'Cookie',
    ])
    const stranger = await get(app, '/notes', PAGE_HEADERS)
    expect([stranger.status, stranger.headers.location]).toEqual([302, LOGIN])
    const [, refresh = ''] = ada.cookie.split('; ')
    const renewed = await get(app, '/notes', { cookie: refresh })
    expect([renewed.text, renewed.headers['set-cookie']?.length]).toEqual(['Notes of ada@example.com', 2])
    const headers = { ...host, ...PAGE_HEADERS, ...ada.headers, origin: OWN_URL }
    const left = await send(`${app.origin}/sign-out`, { method: 'POST', headers })
    expect([left.status, left.headers.location]).toEqual([303, `${OWN_URL}/`])
    expect((await get(app, '/notes', ada.headers)).status).toBe(401)
  })

  it('guard by permissions, and take API tokens', async () => {
    const editor = shared.signedIn({ email: 'bob@example.com', groups: ['editors'] })
    const publish = await start("['notes.publish'])", asWorker('publish'))
    expect((await get(publish, '/', editor.headers)).status).toBe(204)
    expect((await get(publish, '/', shared.signedIn({ email: 'eve@example.com' }).headers)).status).toBe(403)
    const cards = await start('apiTokens', asWorker('cards'))
    const { headers } = shared.apiToken({
      email: 'ada@example.com',
      groups: ['team'],
      scopes: ['cards.read'],
    })
    expect((await get(cards, '/', headers)).text).toBe('ada@example.com')
    expect((await get(cards, '/', editor.headers)).status).toBe(401)
  })

  it('run in Bun as well', { timeout: 120_000 }, async () => {
    const service = await shared.listen()
    onTestFinished(service.close)
    const port = await deadPort()
    const folder = tempApp({
      'package.json': '{"type":"module"}',
      'worker.ts': codeOf(page, '// worker.ts'),
      'server.ts': codeOf(page, 'Bun.serve').replace('port: 3000,', `port: ${port}, hostname: '127.0.0.1',`),
    })
    const env = { HOME: folder, LOGIN_URL: loginUrl, OWN_URL, AUTH_INTERNAL_URL: service.url }
    const { output } = startProgram(join(root, 'node_modules/.bin/bun'), folder, ['server.ts'], env)
    const ada = shared.signedIn({ email: 'ada@example.com' })
    const url = `http://127.0.0.1:${port}/notes`
    await eventually(
      async () => expect(await ask(url, ada.headers), output()).toEqual([200, 'Notes of ada@example.com']),
      { interval: 100 },
    )
  })
})

/** Asks the app in its own process. */
const TRY = `
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
const testAuth = createTestAuth({ ownUrl: '${OWN_URL}' })
Object.assign(globalThis, { options: testAuth.options })
await import('./server.ts')
const ask = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch('http://127.0.0.1:PORT' + path, { headers, redirect: 'manual' })
  const text = await response.text()
  const where = response.headers.get('location')
  return where ? [response.status, where] : [response.status, text, response.headers.getSetCookie().length]
}
const ada = testAuth.signedIn()
const found: Record<string, unknown> = {
  start: await ask('/'),
  page: await ask('/notes', { accept: 'text/html', 'sec-fetch-mode': 'navigate' }),
  user: await ask('/notes', ada.headers),
  token: await ask('/notes', testAuth.apiToken().headers),
}
testAuth.clock.advance(361)
found.renewed = await ask('/notes', ada.headers)
console.log(JSON.stringify(found))
const { Deno, process } = globalThis as any
Deno ? Deno.exit(0) : process.exit(0)
`
