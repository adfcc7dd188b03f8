import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cookieNames } from '@latchkey/jwt-middleware/contract'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { createPasswords } from '../../auth-service/src/accounts/passwords/passwords.ts'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { readConfig } from '../../auth-service/src/platform/config/config.ts'
import { createLog } from '../../auth-service/src/platform/logging/logger.ts'
import { createService } from '../../auth-service/src/service.ts'
import { identityHeaders } from '../../auth-service/src/web/forward-auth/identity-headers.ts'
import { serve } from '../../auth-service/src/web/server.ts'
import { deadPort } from '../support/dead-port.ts'
import { identityOf, startEchoSite } from '../support/echo-site.ts'
import type { Via } from '../support/http.ts'
import {
  type Certificate,
  makeCertificate,
  runApache,
  runCaddy,
  runHaproxy,
  runNginx,
} from '../support/proxies.ts'
import { jsonIn, sendRaw } from '../support/raw-request.ts'
import { createVisitor, NAVIGATION, type Visitor } from '../support/visitor.ts'
import { blocksOf } from './pages.ts'
import { moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/forward-auth.md'
const AUTH = 'https://auth.example.com'
const WIKI = 'https://wiki.example.com'
const PASSWORD = 'a long walk by the sea'

interface Upstreams {
  readonly auth: number
  readonly site: number
}

const block = (language: string, text = ''): string =>
  blocksOf(PAGE).find((one) => one.language === language && one.code.includes(text))?.code ?? ''

const withUpstreams = (config: string, { auth, site }: Upstreams): string =>
  config.replaceAll('127.0.0.1:4000', `127.0.0.1:${auth}`).replaceAll('127.0.0.1:8080', `127.0.0.1:${site}`)

const certificate = (): Certificate => makeCertificate(new URL(AUTH).host, new URL(WIKI).host)

async function startNginx(upstreams: Upstreams, edit = (config: string) => config): Promise<Via> {
  const port = await deadPort()
  const { cert, key, authority } = certificate()
  const config = withUpstreams(edit(block('nginx')), upstreams)
    .replaceAll('listen 443 ', `listen 127.0.0.1:${port} `)
    .replace(/(ssl_certificate +)\S+;/, `$1${cert};`)
    .replace(/(ssl_certificate_key +)\S+;/, `$1${key};`)
  await runNginx(config, port)
  return { port, authority }
}

async function startCaddy(upstreams: Upstreams, edit = (config: string) => config): Promise<Via> {
  const [http, port] = [await deadPort(), await deadPort()]
  const { cert, key, authority } = certificate()
  // In place of a public authority.
  const sites = withUpstreams(edit(block('caddyfile')), upstreams).replaceAll(
    '.com {',
    `.com {\n    tls ${cert} ${key}`,
  )
  await runCaddy(sites, port, [`http_port ${http}`, `https_port ${port}`, 'default_bind 127.0.0.1'])
  return { port, authority }
}

async function startHaproxy(upstreams: Upstreams): Promise<Via> {
  const port = await deadPort()
  const { cert, key, authority } = certificate()
  const config = withUpstreams(block('haproxy'), upstreams)
    .replace('bind :443', `bind 127.0.0.1:${port}`)
    .replace('/etc/ssl/', 'FOLDER/')
    .replace('/etc/haproxy/', 'FOLDER/')
  await runHaproxy(config, port, {
    'example.com.pem': readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'),
    'latchkey.lua': withUpstreams(block('lua', 'core.register_action'), upstreams),
  })
  return { port, authority }
}

async function startApache(upstreams: Upstreams): Promise<Via> {
  const port = await deadPort()
  const { cert, key, authority } = certificate()
  const sites = withUpstreams(block('apache'), upstreams)
    .replaceAll('*:443', `127.0.0.1:${port}`)
    .replace('/etc/apache2/', 'FOLDER/')
    .replaceAll('/etc/ssl/', 'FOLDER/')
  await runApache(`Listen 127.0.0.1:${port}\n${sites}`, port, {
    'example.com.pem': readFileSync(cert, 'utf8'),
    'example.com.key': readFileSync(key, 'utf8'),
    'latchkey.lua': withUpstreams(block('lua', 'r:headers_in_table'), upstreams),
  })
  return { port, authority }
}

/** The file of the page. */
function rulesFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-rules-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'rules.json'), block('json'))
  return join(folder, 'rules.json')
}

/** The auth service with the settings of the page, and its log. */
async function startAuthService(proxy: string) {
  const config = readConfig({
    AUTH_URL: AUTH,
    COOKIE_DOMAIN: 'example.com',
    SECRET_KEY: 'only the tests know this secret of theirs',
    DATABASE_URL: ':memory:',
    PORT: '0',
    TRUSTED_PROXIES: '127.0.0.1,::1',
    FORWARD_AUTH_PROXY: proxy,
    FORWARD_AUTH_RULES: rulesFile(),
  })
  const lines: string[] = []
  const log = createLog('warn', { write: (line) => void lines.push(line) })
  const service = await createService(config, { log, passwords: createPasswords({ cost: 4 }) })
  const server = await serve(service)
  onTestFinished(() => server.close())
  return { port: server.address.port, service, lines }
}

async function register(visitor: Visitor, email = 'ada@example.com') {
  const form = await visitor.visit(`${AUTH}/register?next=${encodeURIComponent(`${WIKI}/page?a=b`)}`)
  const fields = { email, first_name: 'Ada', last_name: 'Lovelace', password: PASSWORD }
  return visitor.submit(form, '/register', fields)
}

/** Ways to spell a header that some program takes for it. */
const SPELLINGS = [
  ...['X-Latchkey-', 'x-latchkey-', 'X-LATCHKEY-', 'X_Latchkey_', 'X-Latchkey_', 'X_latchkey-'],
  // CGI, PHP and others take each of these characters for a dash.
  ...[
    'X.Latchkey.',
    'X-latchkey.',
    'X~Latchkey~',
    'X!Latchkey-',
    "X'latchkey+",
    'X|Latchkey^',
    'X#LATCHKEY$',
  ],
]
const FORGED = SPELLINGS.map((start) =>
  ['User', 'USER', 'Email', 'Name', 'Groups', 'Token'].flatMap((end) => [start + end, 'forged']),
)

const PROXIES = [
  ['nginx', startNginx],
  ['caddy', startCaddy],
  ['haproxy', startHaproxy],
  ['apache', startApache],
] as const

/**
 * After the public advisories on oauth2-proxy (GHSA-7x63-xv5r-3p2x, GHSA-pxq7-h93f-9jrg, GHSA-5hvv-m4w4-gf6v,
 * GHSA-7rh7-c77v-6434, CVE-2025-64484), Traefik (GHSA-6384-m2mw-rf54, GHSA-5m6w-wvh7-57vm, GHSA-6jwx-7vp4-9847,
 * GHSA-x677-9fxg-v5c5, GHSA-rf44-j88r-hh8c), Caddy (GHSA-7r4p-vjf4-gxv4, GHSA-f59h-q822-g45g, GHSA-g7pc-pc7g-h8jh,
 * GHSA-qrp7-cvwr-j2c6), authentik (CVE-2026-25748), Authelia (CVE-2026-48794) and Fabio (CVE-2025-48865).
 */
describe.each(PROXIES)(`${PAGE}: %s`, (proxy, startProxy) => {
  async function start() {
    const auth = await startAuthService(proxy)
    const site = await startEchoSite()
    const via = await startProxy({ auth: auth.port, site: site.port })
    const visitor = createVisitor(via)
    const cookieOf = () => visitor.jar.getCookieString(WIKI)
    return { auth, site, via, visitor, cookieOf }
  }

  it('leads a browser to the login page and back, and tells the site who came', async () => {
    const { auth, site, via, visitor } = await start()
    const login = await visitor.visit(`${WIKI}/page?a=b%20c`)
    expect(login.url).toBe(`${AUTH}/login?next=${encodeURIComponent(`${WIKI}/page?a=b%20c`)}`)
    expect(site.reached).toEqual([])
    const page = await register(visitor)
    expect([page.status, page.url, page.html]).toEqual([
      200,
      `${WIKI}/page?a=b`,
      expect.stringContaining('Hello, Ada Lovelace'),
    ])
    const ada = await auth.service.users.findByEmail('ada@example.com')
    const [reached] = site.reached
    const told = Object.fromEntries(identityOf(reached as never).map((line) => line.split(': ')))
    expect(told).toEqual({
      'x-latchkey-user': ada?.uuid,
      'x-latchkey-email': 'ada@example.com',
      'x-latchkey-name': 'Ada Lovelace',
      'x-latchkey-token': expect.any(String),
    })
    const keys = jsonIn(
      await sendRaw(via, new URL(AUTH).host, '/.well-known/jwks.json'),
    ) as unknown as JSONWebKeySet
    const options = { issuer: AUTH, audience: 'example.com', typ: 'at+jwt', algorithms: ['ES256'] }
    const { payload } = await jwtVerify(told['x-latchkey-token'], createLocalJWKSet(keys), options)
    expect(payload.sub).toBe(ada?.uuid)

    // Signed out elsewhere.
    await visitor.submit(await visitor.visit(`${AUTH}/logout`), '/logout')
    expect((await visitor.visit(`${WIKI}/page`)).url).toMatch(`${AUTH}/login`)
    expect(auth.lines.filter((line) => !line.includes('mail_is_kept'))).toEqual([])
  })

  it('renews in one pass, with both cookies beside those of the site', async () => {
    const { site, visitor } = await start()
    await register(visitor)
    await visitor.drop(WIKI, '__Secure-jwt.access')
    const page = await visitor.request(`${WIKI}/page`, { headers: NAVIGATION })
    expect([page.status, page.html]).toEqual([200, expect.stringContaining('Hello, Ada Lovelace')])
    const names = page.headers.getSetCookie().map((line) => line.split('=', 1)[0])
    expect(names.sort()).toEqual(['__Secure-jwt.access', '__Secure-jwt.refresh', 'own'])
    expect(page.headers.get('cache-control')).toMatch('private')
    expect([...page.headers.keys()].filter((name) => name.includes('latchkey'))).toEqual([])
    expect(site.reached.at(-1)?.headers.filter(([name]) => /set-cookie/i.test(name))).toEqual([])
    const again = await visitor.request(`${WIKI}/page`, { headers: NAVIGATION })
    expect(again.headers.getSetCookie()).toEqual(['own=1'])
  })

  it('passes on nothing that a client says about itself', async () => {
    const { site, via, visitor, cookieOf } = await start()
    await register(visitor)
    const { host } = new URL(WIKI)
    const honest = identityOf(site.reached.at(-1) as never)
    expect(honest).toHaveLength(4)

    for (const headers of [...FORGED, FORGED.flat()]) {
      // Apache refuses those without dashes, since it can't remove them.
      const names = headers.filter((_, at) => at % 2 === 0)
      const isRefused = proxy === 'apache' && names.some((name) => /[^A-Za-z-]/.test(name))
      const send = async (path: string, cookie: readonly string[]) => {
        const before = site.reached.length
        const { status } = await sendRaw(via, host, path, { headers: [...cookie, ...headers] })
        return [status, site.reached.slice(before).map(identityOf)]
      }
      expect(await send('/public/page', [])).toEqual(isRefused ? [403, []] : [200, [[]]])
      expect(await send('/page', ['Cookie', await cookieOf()])).toEqual(
        isRefused ? [403, []] : [200, [honest]],
      )
      expect(await send('/page', [])).toEqual([isRefused ? 403 : 401, []])
    }
  })

  it('lets no client choose another URL or method for the rules', async () => {
    const { site, via } = await start()
    const { host } = new URL(WIKI)
    const forged = [
      ['X-Original-URL', `${WIKI}/public/x`],
      ['X-Original-Method', 'GET'],
      ['X-Original-URI', '/public/x'],
      ['X-Forwarded-Uri', '/public/x'],
      ['X-Forwarded-Method', 'GET'],
      ['X-Forwarded-Host', 'public.example.com'],
      ['X-Forwarded-Prefix', '/public'],
      ['X-Rewrite-URL', '/public/x'],
      ['X_Original_URL', `${WIKI}/public/x`],
      ['X_Forwarded_Uri', '/public/x'],
      ['X-Original-Status', '204'],
    ]
    for (const headers of forged) {
      const { status } = await sendRaw(via, host, '/admin/x', { headers })
      expect([status, headers], String(headers)).toEqual([
        expect.toSatisfy((it) => [401, 403].includes(it)),
        headers,
      ])
    }
    expect(site.reached).toEqual([])
  })

  it('lets no client take headers away from the check or the site', async () => {
    const { site, via, visitor, cookieOf } = await start()
    await register(visitor)
    const { host } = new URL(WIKI)
    const honest = identityOf(site.reached.at(-1) as never)
    const before = site.reached.length
    // Proxies drop what `Connection` names (RFC 9110, section 7.6.1).
    const names = ['URL', 'Uri', 'Host', 'Method', 'Proto', 'Prefix'].flatMap((end) => [
      `X-Original-${end}`,
      `X-Forwarded-${end}`,
    ])
    const dropping = ['Connection', [...names, 'Cookie', 'Origin', 'X-Latchkey-User'].join(', ')]
    const admin = await sendRaw(via, host, '/admin/x', { headers: dropping })
    expect([admin.status, site.reached.length]).toEqual([
      expect.toSatisfy((status) => [400, 401, 403].includes(status)),
      before,
    ])
    const origin = ['Origin', 'https://app2.example.com', 'Cookie', await cookieOf()]
    const foreign = await sendRaw(via, host, '/form', {
      method: 'POST',
      headers: [...dropping, ...origin],
      body: 'a=b',
    })
    expect([foreign.status, site.reached.length]).toEqual([
      expect.toSatisfy((status) => [400, 401, 403].includes(status)),
      before,
    ])
    await sendRaw(via, host, '/page', {
      headers: ['Connection', 'X-Latchkey-User', 'Cookie', await cookieOf(), ...(FORGED[0] ?? [])],
    })
    const told = site.reached.slice(before).flatMap(identityOf)
    expect(honest).toEqual(expect.arrayContaining(told))
  })

  it('is not confused by other spellings of the host', async () => {
    const { site, via, visitor } = await start()
    const { host } = new URL(WIKI)
    const hosts = [
      'WIKI.EXAMPLE.COM',
      `${host}.`,
      `${host}:443`,
      `${host}:1`,
      'other.example.com',
      'evil.example',
    ]
    for (const other of hosts) {
      const { status } = await sendRaw({ ...via, serverName: host }, other, '/admin/x')
      expect(site.reached, `${other}: ${status}`).toEqual([])
    }
    // The absolute form (RFC 9112, section 3.2.2), in which the other host counts.
    for (const target of [`${WIKI}/admin/x`, 'https://other.example.com/public/x', `${WIKI}:1/admin/x`]) {
      const { status } = await sendRaw(via, host, target)
      expect(site.reached, `${target}: ${status}`).toEqual([])
    }
    const form = await visitor.visit(`${WIKI}/page`)
    expect(form.url).toMatch(`${AUTH}/login`)
  })

  it('refuses paths that the site could read in another way', async () => {
    const { site, via } = await start()
    const { host } = new URL(WIKI)
    const paths = [
      '/public/../admin/x',
      '/public/%2e%2e/admin/x',
      '/public/..%2fadmin/x',
      '/public%2f..%2fadmin/x',
      '/public/..;/admin/x',
      '/public//x',
      '//public/x',
      '/public;x/y',
      '/public/x%00',
      '/public/\\..\\..\\admin',
      '/%70ublic/x',
      '/PUBLIC/x',
      '/public/x#/admin',
    ]
    for (const path of paths) {
      const { status } = await sendRaw(via, host, path)
      // The proxy may refuse some by itself.
      expect([400, 403, 404], path).toContain(status)
    }
    expect(site.reached).toEqual([])
    expect((await sendRaw(via, host, '/public/a%20b?c=//d/..')).status).toBe(200)
    expect(site.reached.map(({ url }) => url)).toEqual(['/public/a%20b?c=//d/..'])
  })

  it('answers scripts, foreign pages and WebSockets as an app does', async () => {
    const { site, via, visitor, cookieOf } = await start()
    await register(visitor)
    const { host } = new URL(WIKI)
    const other = 'https://app2.example.com'
    const script = ['Accept', 'application/json', 'Sec-Fetch-Mode', 'cors']
    const anonymous = await sendRaw(via, host, '/api', {
      headers: [...script, 'Origin', other, 'Sec-Fetch-Site', 'same-site'],
    })
    expect(anonymous).toMatchObject({
      status: 401,
      headers: {
        'content-type': expect.stringMatching('application/problem\\+json'),
        'access-control-allow-origin': other,
        'access-control-allow-credentials': 'true',
      },
    })
    expect(jsonIn(anonymous)).toMatchObject({ login_url: expect.stringMatching(`^${AUTH}/login`) })

    const cookie = ['Cookie', await cookieOf()]
    const post = (origin: string, body = 'a=b') =>
      sendRaw(via, host, '/form', { method: 'POST', headers: [...cookie, 'Origin', origin], body })
    expect((await post(WIKI)).status).toBe(200)
    expect(site.reached.at(-1)).toMatchObject({ method: 'POST', url: '/form', body: 'a=b' })
    const before = site.reached.length
    expect((await post(other)).status).toBe(403)
    expect((await post('null')).status).toBe(403)

    const socket = (origin: string, more: readonly string[]) =>
      sendRaw(via, host, '/live', {
        headers: [
          ...['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'],
          ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Origin', origin, ...more],
        ],
      })
    expect((await socket(other, cookie)).status).toBe(403)
    expect((await socket(WIKI, [])).status).toBe(401)
    expect(site.reached).toHaveLength(before)
    expect((await socket(WIKI, cookie)).status).toBe(101)
    expect(identityOf(site.reached.at(-1) as never).join()).toMatch('x-latchkey-email: ada@example.com')
  })

  it('keeps staff pages for staff, and leaves the refusals of the site alone', async () => {
    const { auth, site, visitor } = await start()
    await register(visitor)
    const page = await visitor.request(`${WIKI}/admin/x`, {
      headers: { ...NAVIGATION, 'accept-language': 'de' },
    })
    expect([page.status, page.html]).toEqual([
      403,
      expect.stringContaining('dürfen diese Seite aber nicht öffnen'),
    ])
    expect(site.reached.map(({ url }) => url)).not.toContain('/admin/x')
    for (const status of [401, 403, 404, 500, 503]) {
      const answer = await visitor.request(`${WIKI}/status/${status}`, { headers: NAVIGATION })
      expect([answer.status, answer.html]).toEqual([status, expect.stringContaining('Hello, Ada Lovelace')])
    }
    const ada = await auth.service.users.findByEmail('ada@example.com')
    await auth.service.administration.change(ada?.uuid ?? '', { isStaff: true }, OPERATOR)
    await expect
      .poll(async () => (await visitor.request(`${WIKI}/admin/x`, { headers: NAVIGATION })).status)
      .toBe(200)
  })

  it('is asked by no one else', async () => {
    const { auth, via, visitor, cookieOf } = await start()
    await register(visitor)
    const spellings = [
      ...['/forward-auth', '/forward-auth/refusal', '/forward-auth?x', '/forward-auth/', '/Forward-Auth'],
      ...['/%66orward-auth', '/forward%2dauth', '/forward-auth%2frefusal', '/forward-auth%3fx'],
      ...[
        '//forward-auth',
        '/./forward-auth',
        '/x/../forward-auth',
        '/x/%2e%2e/forward-auth',
        '/x\\..\\forward-auth',
      ],
    ]
    const headers = [
      ...['X-Original-Method', 'GET', 'X-Original-URL', `${WIKI}/`, 'Cookie', await cookieOf()],
      ...['X-Forwarded-Method', 'GET', 'X-Forwarded-Uri', '/'],
    ]
    const own = proxy === 'caddy' ? headers.slice(4) : headers.slice(0, 6)
    for (const path of spellings) {
      const answer = await sendRaw(via, new URL(AUTH).host, path, { headers: own })
      expect([path, answer.status], path).toEqual([
        path,
        expect.toSatisfy((it) => [400, 403, 404].includes(it)),
      ])
      expect(Object.keys(answer.headers).filter((name) => name.includes('latchkey'))).toEqual([])
    }
    // Past the proxy.
    const request = requestPlain({
      host: '127.0.0.1',
      port: auth.port,
      localAddress: '127.0.0.2',
      path: '/forward-auth',
      headers: { 'x-original-method': 'GET', 'x-original-url': `${WIKI}/public/x`, cookie: await cookieOf() },
    })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(403)
    expect(auth.lines.join()).toMatch('TRUSTED_PROXIES')
  })

  it('shows a page while the auth service is away, and lets no one in', async () => {
    const site = await startEchoSite()
    const via = await startProxy({ auth: await deadPort(), site: site.port })
    const answer = await sendRaw(via, new URL(WIKI).host, '/public/x')
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(site.reached).toEqual([])
  })
})

describe(`${PAGE}: static files`, () => {
  it.each([
    ['nginx', startNginx],
    ['caddy', startCaddy],
  ] as const)('are served by %s itself', async (proxy, startProxy) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-files-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    // nginx and Caddy may be other users than the one who runs the tests.
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'empty'))
    writeFileSync(join(folder, 'page.html'), '<!doctype html><title>Handbook</title>')
    const asStatic = (config: string) =>
      config
        .replace(
          / {4}location \/ \{\n {8}proxy_pass http:\/\/127\.0\.0\.1:8080;[^}]*\}/,
          `    location / { root ${folder}; }`,
        )
        .replace('reverse_proxy 127.0.0.1:8080', `root * ${folder}\n        file_server`)
    const auth = await startAuthService(proxy)
    const via = await startProxy({ auth: auth.port, site: await deadPort() }, asStatic)
    const visitor = createVisitor(via)
    expect((await visitor.visit(`${WIKI}/page.html`)).url).toMatch(`${AUTH}/login`)
    await register(visitor)
    await visitor.drop(WIKI, '__Secure-jwt.access')
    const page = await visitor.request(`${WIKI}/page.html`, { headers: NAVIGATION })
    expect([page.status, page.title]).toEqual([200, 'Handbook'])
    expect(page.headers.getSetCookie()).toHaveLength(2)
    // A folder without an index is a refusal of the proxy's own.
    for (const path of ['/empty/', '/missing.html']) {
      const none = await visitor.request(WIKI + path, { headers: NAVIGATION })
      expect([path, none.status]).toEqual([path, 404])
    }
  })
})

describe(`${PAGE}: the code that verifies a token`, () => {
  it('returns the uuid of its user, and refuses other tokens', async () => {
    const auth = await startAuthService('nginx')
    const { userOf } = (await moduleOf(PAGE, 'createRemoteJWKSet', {
      edit: (code) => code.replace(`'${AUTH}/.well-known`, `'http://127.0.0.1:${auth.port}/.well-known`),
    })) as { userOf: (token: string) => Promise<string> }
    const ada = { email: 'ada@example.com', password: '!', firstName: 'Ada', lastName: 'Lovelace' }
    const created = await auth.service.users.create(ada)
    if (!created.ok) throw new Error('there is a user already')
    const device = { userAgent: '', address: '' }
    const { accessToken, refreshToken } = await auth.service.sessions.start(created.value, device)
    expect(await userOf(accessToken)).toBe(created.value.uuid)
    for (const token of [refreshToken, `${accessToken}x`, '']) await expect(userOf(token)).rejects.toThrow()
  })
})

describe(`${PAGE}: Traefik`, () => {
  it('is told the names of our headers and cookies', () => {
    const config = parse(block('yaml', 'forwardAuth'))
    const { forwardAuth } = config.http.middlewares.latchkey
    const names = identityHeaders(null, null).map(([name]) => name)
    expect(forwardAuth.authResponseHeaders).toEqual(names)
    expect(forwardAuth.addAuthCookiesToResponse).toEqual(
      Object.values(cookieNames({ https: true, refreshScope: 'family' })),
    )
    const { wiki } = config.http.routers
    expect(wiki.middlewares).toEqual(['latchkey'])
    const { entryPoints } = parse(block('yaml', 'entryPoints:\n'))
    expect(Object.keys(entryPoints)).toEqual(wiki.entryPoints)
    expect(entryPoints.websecure.http).toEqual({ aliasHeadersStrategy: 'delete' })
  })
})
