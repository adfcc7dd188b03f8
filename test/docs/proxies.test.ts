import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { memoryUsers } from '@latchkey/jwt-middleware'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { createPasswords } from '../../auth-service/src/accounts/passwords/passwords.ts'
import { readConfig } from '../../auth-service/src/platform/config/config.ts'
import { createLog } from '../../auth-service/src/platform/logging/logger.ts'
import { createService } from '../../auth-service/src/service.ts'
import { serve } from '../../auth-service/src/web/server.ts'
import { deadPort } from '../support/dead-port.ts'
import { send, type Via } from '../support/http.ts'
import { type Certificate, makeCertificate, runCaddy, runNginx } from '../support/proxies.ts'
import { recordingLogger } from '../support/tokens.ts'
import { createVisitor } from '../support/visitor.ts'
import { blocksOf } from './pages.ts'
import { moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/recipes/proxies.md'
const AUTH = 'https://auth.example.com'
const APP = 'https://app1.example.com'

interface Upstreams {
  readonly auth: number
  readonly app: number
}

/** The ports at which a proxy listens. */
interface Listening extends Via {
  readonly http: number
}

const blockFor = (language: string): string =>
  blocksOf(PAGE).find((block) => block.language === language)?.code ?? ''

const withUpstreams = (config: string, { auth, app }: Upstreams): string =>
  config.replaceAll('127.0.0.1:4000', `127.0.0.1:${auth}`).replaceAll('127.0.0.1:3000', `127.0.0.1:${app}`)

async function startNginx(upstreams: Upstreams): Promise<Listening> {
  const [http, port] = [await deadPort(), await deadPort()]
  const { cert, key, authority } = certificate()
  const site = withUpstreams(blockFor('nginx'), upstreams)
    .replaceAll('listen 80;', `listen 127.0.0.1:${http};`)
    .replaceAll('listen 443 ', `listen 127.0.0.1:${port} `)
    .replace(/(ssl_certificate +)\S+;/, `$1${cert};`)
    .replace(/(ssl_certificate_key +)\S+;/, `$1${key};`)
  await runNginx(site, port)
  return { http, port, authority }
}

async function startCaddy(upstreams: Upstreams): Promise<Listening> {
  const [http, port] = [await deadPort(), await deadPort()]
  const { cert, key, authority } = certificate()
  // In place of a public authority.
  const site = withUpstreams(blockFor('caddyfile'), upstreams).replaceAll(
    '.com {',
    `.com {\n    tls ${cert} ${key}`,
  )
  const ports = [`http_port ${http}`, `https_port ${port}`, 'default_bind 127.0.0.1']
  await runCaddy(site, port, ports)
  return { http, port, authority }
}

const certificate = (): Certificate => makeCertificate(new URL(AUTH).host, new URL(APP).host)

/** The auth service with the settings of the page, and its log. */
async function startAuthService() {
  const config = readConfig({
    AUTH_URL: AUTH,
    COOKIE_DOMAIN: 'example.com',
    SECRET_KEY: 'only the tests know this secret of theirs',
    DATABASE_URL: ':memory:',
    PORT: '0',
    INTERNAL_PORT: '0',
    TRUSTED_PROXIES: '127.0.0.1,::1',
  })
  const lines: string[] = []
  const log = createLog('warn', { write: (line) => void lines.push(line) })
  const server = await serve(await createService(config, { log, passwords: createPasswords({ cost: 4 }) }))
  onTestFinished(() => server.close())
  return { port: server.address.port, internalPort: server.internalAddress?.port, lines }
}

/** The app of the page about WebSockets, whose stream relies on the proxy alone. */
async function startApp(authInternalUrl: string) {
  const module = await moduleOf('docs/recipes/websockets.md', "@latchkey/jwt-middleware/hono'", {
    wrap: { given: ['app', 'options', 'port'], returns: ['server'] },
    edit: (code) =>
      code
        .replace('{ users: sqliteUsers(db) }', 'options')
        .replace('3000', 'port')
        .replace(/^.*X-Accel-Buffering.*$/m, ''),
  })
  const log = recordingLogger()
  const options = { users: memoryUsers(), ownUrl: APP, loginUrl: `${AUTH}/login`, authInternalUrl, log }
  const { server } = (module.run as (given: object) => { server: Server })({
    app: new Hono(),
    options,
    port: 0,
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  if (!server.listening) await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, log }
}

function openSocket({ port, authority }: Via, headers: Record<string, string>): WebSocket {
  const { host } = new URL(APP)
  // It hands all options on to tls.connect, unlike its types.
  const options: ClientOptions & { servername: string } = {
    servername: host,
    ca: authority,
    headers: { host, ...headers },
  }
  const socket = new WebSocket(`wss://127.0.0.1:${port}/live/socket`, options)
  // Of what the test does not wait for.
  socket.on('error', () => {})
  onTestFinished(() => socket.terminate())
  return socket
}

async function statusOf(socket: WebSocket): Promise<number | undefined> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  response.resume()
  return response.statusCode
}

describe.each([
  ['nginx', startNginx],
  ['Caddy', startCaddy],
])(`${PAGE}: %s`, (_, startProxy) => {
  it('passes on sign-in, WebSockets and event streams', async () => {
    const auth = await startAuthService()
    const app = await startApp(`http://127.0.0.1:${auth.internalPort}`)
    const proxy = await startProxy({ auth: auth.port, app: app.port })

    for (const page of [`${AUTH}/login`, `${APP}/me`]) {
      const { host, pathname } = new URL(page)
      const redirect = await send(`http://127.0.0.1:${proxy.http}${pathname}`, { headers: { host } })
      expect(redirect.status).toBeOneOf([301, 308])
      expect(redirect.headers.location).toMatch(new RegExp(`^https://${host}(:\\d+)?${pathname}$`))
    }

    const visitor = createVisitor(proxy)
    const login = await visitor.visit(`${APP}/me`)
    expect(login.url).toBe(`${AUTH}/login?next=${encodeURIComponent(`${APP}/me`)}`)
    const form = await visitor.visit(`${AUTH}/register${new URL(login.url).search}`)
    const fields = { email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace' }
    const me = await visitor.submit(form, '/register', { ...fields, password: 'a long walk by the sea' })
    expect([me.status, me.url]).toEqual([200, `${APP}/me`])

    const cookie = await visitor.jar.getCookieString(APP)
    expect(await statusOf(openSocket(proxy, { origin: APP }))).toBe(401)
    expect(await statusOf(openSocket(proxy, { origin: 'https://app2.example.com', cookie }))).toBe(403)
    const socket = openSocket(proxy, { origin: APP, cookie })
    await once(socket, 'open')
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('ada@example.com: hello')

    const { host } = new URL(APP)
    const request = get({
      host: '127.0.0.1',
      port: proxy.port,
      path: '/live/events',
      headers: { host, cookie },
      servername: host,
      ca: proxy.authority,
    })
    const [stream] = (await once(request, 'response')) as [IncomingMessage]
    onTestFinished(() => void stream.destroy())
    expect(stream.headers['content-type']).toMatch('text/event-stream')
    // A buffer would hold back these few bytes.
    expect(String((await once(stream, 'data'))[0])).toMatch(/^data: \d/)

    const ended = once(socket, 'close')
    await visitor.submit(await visitor.visit(`${AUTH}/logout`), '/logout')
    expect((await ended)[0]).toBe(4401)

    // Among them are those of a proxy that is not trusted, or says too little.
    expect(auth.lines.filter((line) => !line.includes('mail_is_kept'))).toEqual([])
    expect(app.log.warnings.filter((line) => !line.includes('foreign_origin'))).toEqual([])
  })

  it('passes on long cookies in both directions', async () => {
    const cookies = ['access', 'refresh'].map((name) => `${name}=${'x'.repeat(4000)}`)
    const upstream = createServer({ maxHeaderSize: 64 * 1024 }, (_, response) => {
      response.setHeader('Set-Cookie', cookies)
      response.end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void upstream.close())
    await once(upstream, 'listening')
    const { port } = upstream.address() as AddressInfo
    const proxy = await startProxy({ auth: port, app: port })
    const headers = { cookie: Array.from({ length: 10 }, (_, at) => `c${at}=${'y'.repeat(4000)}`).join('; ') }
    for (const url of [AUTH, APP]) {
      const answer = await send(url, { headers }, proxy)
      expect(answer.status).toBe(200)
      expect(answer.headers['set-cookie']).toEqual(cookies)
    }
  })
})
