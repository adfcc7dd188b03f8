import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readRejectionNote } from '@latchkey/jwt-middleware/contract'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { recognise } from '../../auth-service/src/cli/doctor/app-framework.ts'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { choosePorts } from '../../examples/demo/src/settings.ts'
import { findDjango } from '../support/django.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { type Sent, send } from '../support/http.ts'
import { createVisitor, NAVIGATION, type Visitor } from '../support/visitor.ts'

const PASSWORD = 'a long walk by the sea'
/** LATCHKEY_POLL_EVERY, in seconds. */
const POLL = 1
const SCRIPT = { accept: 'application/json', 'sec-fetch-mode': 'cors' }
const folder = mkdtempSync(join(tmpdir(), 'latchkey-django-family-'))
const databaseFile = join(folder, 'django.sqlite3')
const site = resolve(import.meta.dirname, 'django_site.py')

interface DjangoProcess {
  readonly url: string
  readonly output: () => string
  stop(): Promise<void>
}

let family: RunningFamily
/** One project, three times: in one process with threads, in two that were forked, and under ASGI. */
let first: DjangoProcess
let forked: DjangoProcess
let asynchronous: DjangoProcess
const SERVERS = {
  runserver: (port: number) => [site, 'runserver', '--noreload', `127.0.0.1:${port}`],
  gunicorn: (port: number) =>
    `-m gunicorn --preload --workers 2 --threads 4 --keep-alive 0 --bind 127.0.0.1:${port} django_site:wsgi`.split(
      ' ',
    ),
  uvicorn: (port: number) =>
    `-m uvicorn --log-level warning --host 127.0.0.1 --port ${port} django_site:asgi`.split(' '),
}
beforeAll(async () => {
  family = await startFamily()
  const ports = await choosePorts('0,0,0')
  const env = environment('http://app3.demo.localhost:1')
  const { status, stderr } = spawnSync(findDjango(), [site, 'migrate'], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`Django could not migrate: ${stderr}`)
  ;[first, forked, asynchronous] = await Promise.all([
    startDjango('runserver', ports.auth),
    startDjango('gunicorn', ports.notes, { LATCHKEY_WHEN_FEED_IS_STALE: 'refuse' }),
    startDjango('uvicorn', ports.teamBoard),
  ])
}, 120_000)
afterAll(async () => {
  await Promise.all([first, forked, asynchronous].map((one) => one?.stop()))
  await family?.close()
  rmSync(folder, { recursive: true, force: true })
})

const environment = (ownUrl: string, settings: object = {}) => ({
  PATH: process.env.PATH,
  PYTHONDONTWRITEBYTECODE: '1',
  DATABASE: databaseFile,
  LOGIN_URL: `${family.auth.url}/login`,
  OWN_URL: ownUrl,
  LATCHKEY: JSON.stringify({ LATCHKEY_POLL_EVERY: POLL, ...settings }),
})

async function startDjango(
  server: keyof typeof SERVERS,
  port: number,
  settings: object = {},
): Promise<DjangoProcess> {
  const url = `http://app3.demo.localhost:${port}`
  const child: ChildProcess = spawn(findDjango(), SERVERS[server](port), {
    cwd: import.meta.dirname,
    env: environment(url, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close')
  await eventually(async () => expect((await send(`${url}/open`)).status, output).toBe(200))
  return {
    url,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const row = (sql: string, ...values: unknown[]) => {
  const db = new Database(databaseFile, { readonly: true })
  try {
    return db.prepare(sql).get(...values) as Record<string, string | number | null>
  } finally {
    db.close()
  }
}
const rowOf = (email: string) => row('SELECT * FROM auth_user WHERE email = ?', email)

let count = 0
/** A new user with a browser, who is signed in at the auth service. */
async function register(firstName = 'Ada') {
  const email = `django-${++count}@example.com`
  const visitor = createVisitor()
  const body = JSON.stringify({ email, password: PASSWORD, first_name: firstName, last_name: 'Lovelace' })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const registered = await visitor.request(`${family.auth.url}/register`, { method: 'POST', headers, body })
  expect(registered.status, registered.html).toBe(201)
  return { email, visitor }
}

const cookiesOf = (visitor: Visitor, url = first.url) => visitor.jar.getCookieString(url)
const ask = async (visitor: Visitor, path: string, sent: Sent = {}, { url } = first) =>
  send(`${url}${path}`, {
    ...sent,
    headers: { ...SCRIPT, cookie: await cookiesOf(visitor), ...sent.headers },
  })
const withoutAccess = async (visitor: Visitor) => ({
  cookie: `jwt.refresh=${await visitor.cookie(first.url, 'jwt.refresh')}`,
})

async function change(email: string, flags: { isStaff?: boolean; isSuperuser?: boolean }) {
  await family.administer(async ({ administration, users }) => {
    const { uuid } = (await users.findByEmail(email)) ?? { uuid: '' }
    expect((await administration.change(uuid, flags, OPERATOR)).ok).toBe(true)
  })
}

/** Repeats the condition until it holds. No attempt that began after the next poll and a second may fail. */
async function withinPoll(condition: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + (POLL + 1) * 1000
  let failedAt = 0
  await eventually(async () => {
    const begun = performance.now()
    try {
      await condition()
    } catch (error) {
      failedAt = begun
      throw error
    }
  })
  expect(failedAt).toBeLessThan(deadline)
}

it('A visitor is sent to the login page and back, and has a row of the project’s own user model', async () => {
  const { email } = await register()
  const visitor = createVisitor()
  const wanted = `${first.url}/notes?before=99&q=a%20b%26c&next=x`
  const login = await visitor.visit(wanted)
  expect(login.url).toBe(`${family.auth.url}/login?next=${encodeURIComponent(wanted).replaceAll('%20', '+')}`)
  const notes = await visitor.submit(login, '/login', { email, password: PASSWORD })
  expect([notes.status, notes.url]).toEqual([200, wanted])
  const { username } = JSON.parse(notes.html)
  expect(JSON.parse(notes.html)).toEqual({ name: 'Ada Lovelace', username, method: 'GET' })
  expect(notes.headers.get('cache-control')).toBe('private, no-store')
  expect(notes.headers.get('vary')).toMatch(/\bCookie\b/)
  expect(username).toMatch(/^[0-9a-f-]{36}$/)
  expect(rowOf(email)).toMatchObject({ username, first_name: 'Ada', is_staff: 0, is_active: 1 })
  expect(rowOf(email).password).toMatch(/^!.{40,}\.latchkey\.\d+\.\d+$/)
})

it('The doctor recognises a project, and says where the middleware belongs', async () => {
  for (const { url } of [first, forked, asynchronous]) {
    expect(await recognise(new URL(`${url}/notes`), '', folder)).toMatchObject({
      name: 'Django',
      remedy: expect.stringContaining('latchkey_django.LatchkeyMiddleware'),
    })
  }
})

it('Pages for everyone stay as they are, and those that read the user are private', async () => {
  const { visitor } = await register()
  const open = await ask(visitor, '/open')
  expect([open.headers['cache-control'], open.headers.vary]).toEqual([undefined, undefined])
  expect(JSON.parse((await ask(visitor, '/')).text).name).toBe('Ada Lovelace')
  expect(JSON.parse((await send(`${first.url}/`)).text)).toEqual({ method: 'GET' })
  expect((await send(`${first.url}/`)).headers['cache-control']).toBe('private, no-store')
  expect((await ask(visitor, '/public')).headers['cache-control']).toBe('private, max-age=60')
})

it('Guards answer pages, scripts and htmx each in their way', async () => {
  const page = `${first.url}/notes?a=b`
  const link = (next: string) => `${family.auth.url}/login?next=${encodeURIComponent(next)}`
  const script = await send(page, { headers: SCRIPT })
  expect(script.status).toBe(401)
  expect(script.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'www-authenticate': `Bearer realm="${first.url}"`,
  })
  expect(JSON.parse(script.text)).toMatchObject({ status: 401, login_url: link(page) })
  const headers = { 'hx-request': 'true', 'hx-current-url': `${first.url}/board?x=1` }
  const htmx = await send(page, { headers })
  expect([htmx.status, htmx.headers['hx-redirect']]).toEqual([401, link(`${first.url}/board?x=1`)])
  const foreign = await send(page, { headers: { ...headers, 'hx-current-url': 'https://evil.example/' } })
  expect(foreign.headers['hx-redirect']).toBe(link(`${first.url}/`))
  const form = await send(`${first.url}/notes`, {
    method: 'POST',
    headers: { ...NAVIGATION, referer: `${first.url}/form` },
  })
  expect(form.status).toBe(401)
  expect(form.text).toContain(`content="0; url=${link(`${first.url}/form`)}"`)
  expect(form.text).toContain('Your input was not saved.')
  const long = await send(`${first.url}/notes?q=${'x'.repeat(3000)}`, { headers: NAVIGATION })
  expect([long.status, long.headers.location]).toEqual([401, undefined])

  const { visitor } = await register()
  for (const path of ['/staff', '/editors', '/permitted']) {
    const denied = await ask(visitor, path)
    expect([denied.status, JSON.parse(denied.text).title], path).toEqual([403, 'Not allowed'])
  }
  expect(JSON.parse((await ask(visitor, '/async')).text)).toEqual({ name: 'Ada Lovelace' })
  expect((await send(`${first.url}/async`, { headers: SCRIPT })).status).toBe(401)
})

it('The admin opens by the staff flag, and its pages about passwords and sessions lead to the auth service', async () => {
  const anonymous = await send(`${first.url}/admin/login/?next=/admin/auth/user/`, { headers: NAVIGATION })
  const next = encodeURIComponent(`${first.url}/admin/auth/user/`)
  expect([anonymous.status, anonymous.headers.location]).toEqual([
    302,
    `${family.auth.url}/login?next=${next}`,
  ])
  // Django's own check of forms passes.
  const csrf = 'a'.repeat(64)
  const posted = await send(`${first.url}/admin/login/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: `csrftoken=${csrf}` },
    body: `csrfmiddlewaretoken=${csrf}&username=root&password=secret`,
  })
  expect(posted.status, 'no password of the project signs in').toBe(401)
  const { visitor, email } = await register()
  expect((await visitor.visit(`${first.url}/admin/`)).status).toBe(403)
  // The last superuser would have to stay one.
  await change((await register('Root')).email, { isSuperuser: true })
  await change(email, { isStaff: true, isSuperuser: true })
  await withinPoll(async () =>
    expect((await visitor.visit(`${first.url}/admin/auth/user/`)).status).toBe(200),
  )
  const list = await visitor.visit(`${first.url}/admin/login/?next=/admin/auth/user/`)
  expect([list.status, new URL(list.url).pathname]).toEqual([200, '/admin/auth/user/'])
  expect(list.html).toContain(email)
  const evil = await visitor.request(`${first.url}/admin/login/?next=//evil.example/`)
  expect(evil.location).toBe(`${first.url}//evil.example/`)
  const out = await visitor.request(`${first.url}/admin/logout/`)
  expect(out.location).toBe(`${family.auth.url}/logout?next=${encodeURIComponent(`${first.url}/`)}`)
  expect((await visitor.request(`${first.url}/admin/password_change/`)).location).toBe(
    `${family.auth.url}/account`,
  )
  await change(email, { isStaff: false, isSuperuser: false })
  await withinPoll(async () => expect((await visitor.visit(`${first.url}/admin/`)).status).toBe(403))
  expect(rowOf(email)).toMatchObject({ is_staff: 0, is_superuser: 0 })
})

it('Groups are those of the auth service, and what Django permits them counts', async () => {
  const { visitor, email } = await register()
  await family.administer(async ({ groups, users }) => {
    const user = await users.findByEmail(email)
    const created = await groups.create('editors', OPERATOR)
    if (!created.ok || !user) throw new Error('There is no user or no group')
    await groups.add(created.value, user, OPERATOR)
  })
  await withinPoll(async () => expect((await ask(visitor, '/editors')).status).toBe(200))
  expect((await ask(visitor, '/permitted')).status).toBe(403)
  const db = new Database(databaseFile)
  db.prepare(
    "INSERT INTO auth_group_permissions (group_id, permission_id) SELECT g.id, p.id FROM auth_group g, auth_permission p WHERE g.name = 'editors' AND p.codename = 'view_group'",
  ).run()
  db.close()
  expect((await ask(visitor, '/permitted')).status).toBe(200)
})

it('A session is renewed within the request, whatever the method, also for an error page', async () => {
  const { visitor } = await register()
  const cookie = await withoutAccess(visitor)
  for (const [path, method, status] of [
    ['/notes', 'GET', 200],
    ['/notes', 'POST', 200],
    ['/fail', 'GET', 500],
    ['/missing', 'GET', 404],
    ['/staff', 'GET', 403],
  ] as const) {
    const answer = await send(`${first.url}${path}`, { method, headers: { ...SCRIPT, ...cookie } })
    expect(answer.status, path).toBe(status)
    const lines = answer.headers['set-cookie'] ?? []
    expect(lines.map((line) => line.split('=')[0]).sort()).toEqual(['jwt.access', 'jwt.refresh'])
    for (const line of lines)
      expect(line).toMatch(/; Domain=demo\.localhost; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
    expect(answer.headers['cache-control']).toBe('private, no-store')
  }
  const together = await Promise.all(
    Array.from({ length: 12 }, () => send(`${first.url}/notes`, { headers: { ...SCRIPT, ...cookie } })),
  )
  expect(new Set(together.map(({ status }) => status))).toEqual(new Set([200]))
})

it('A session that ended elsewhere is refused within the time of a poll and a second, in every process', async () => {
  const { visitor } = await register()
  const cookie = await cookiesOf(visitor)
  // Each of the forked processes gets some.
  const servers = [first, asynchronous, ...Array(8).fill(forked)] as DjangoProcess[]
  const statuses = () =>
    Promise.all(
      servers.map(async ({ url }) => (await send(`${url}/notes`, { headers: { ...SCRIPT, cookie } })).status),
    )
  expect(new Set(await statuses())).toEqual(new Set([200]))
  const out = await visitor.visit(`${family.auth.url}/logout`)
  await visitor.submit(out, '/logout')
  await withinPoll(async () => expect(new Set(await statuses())).toEqual(new Set([401])))
})

it.each(['gunicorn', 'uvicorn'])('Under %s, sign-in, renewal and the admin work as well', async (server) => {
  const { url } = server === 'gunicorn' ? forked : asynchronous
  const { visitor, email } = await register()
  await change(email, { isStaff: true })
  await visitor.drop(url, 'jwt.access')
  expect((await visitor.visit(`${url}/notes`)).status).toBe(200)
  expect((await visitor.visit(`${url}/async`)).html).toContain('Ada Lovelace')
  expect((await visitor.visit(`${url}/admin/`)).status).toBe(200)
  await visitor.drop(url, 'jwt.access')
  const failed = await visitor.visit(`${url}/fail`)
  expect([failed.status, failed.headers.getSetCookie().length]).toEqual([500, 2])
  const login = await visitor.request(`${url}/admin/login/`)
  expect(login.location).toBe(`${url}/admin/`)
  expect((await send(`${url}/async`, { headers: SCRIPT })).status).toBe(401)
})

it('An unsafe request from a page of another origin is refused, with or without a living access token', async () => {
  const { visitor } = await register()
  const sibling = { origin: 'http://app1.demo.localhost:1', 'sec-fetch-site': 'same-site' }
  const post = async (headers: Record<string, string>) =>
    (await ask(visitor, '/notes', { method: 'POST', headers })).status
  expect(await post(sibling)).toBe(403)
  expect(await post({ ...sibling, ...(await withoutAccess(visitor)) })).toBe(403)
  expect(await post({ origin: 'null' })).toBe(403)
  expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await post({ origin: first.url, 'sec-fetch-site': 'same-origin' })).toBe(200)
  expect(await post({}), 'a program').toBe(200)
  expect((await ask(visitor, '/notes', { headers: sibling })).status).toBe(200)
  await eventually(() => expect(first.output()).toContain('"cause": "foreign_origin"'))
})

it('Cookies of one name count if they are of one user', async () => {
  const [ada, bob] = [await register(), await register('Bob')]
  const token = async ({ visitor }: typeof ada, name = 'jwt.access') => visitor.cookie(first.url, name)
  const [ofAda, ofBob] = [await token(ada), await token(bob)]
  const status = async (cookie: string) =>
    (await send(`${first.url}/notes`, { headers: { ...SCRIPT, cookie } })).status
  expect(await status(`jwt.access=garbage; jwt.access=${ofAda}`)).toBe(200)
  expect(await status(`jwt.access=${ofAda};jwt.access=${ofAda} ; a=b`)).toBe(200)
  expect(await status(`jwt.access=${ofAda}; jwt.access=${ofBob}`)).toBe(401)
  expect(await status(`jwt.access=${ofAda}; jwt.refresh=${await token(bob, 'jwt.refresh')}`)).toBe(401)
  expect(await status(`jwt.access=${ofAda}; jwt.refresh=${await token(ada, 'jwt.refresh')}`)).toBe(200)
  const refresh = `jwt.refresh=${await token(ada, 'jwt.refresh')}; jwt.refresh=${await token(bob, 'jwt.refresh')}`
  expect(await status(refresh)).toBe(401)
  expect(await status(Array(5).fill(`jwt.access=${ofAda}`).join('; '))).toBe(401)
  expect(await status(`jwt.access=${await token(ada, 'jwt.refresh')}`)).toBe(401)
  expect(await status(`jwt.refresh=${ofAda}`)).toBe(401)
  await eventually(() => expect(first.output()).toContain('"cause": "conflicting"'))
  expect(first.output()).not.toContain(String(ofAda).slice(0, 40))
})

it('The login page learns why a token was refused', async () => {
  const { visitor } = await register()
  const token = String(await visitor.cookie(first.url, 'jwt.access')).replace(/[^.]{8}$/, 'AAAAAAAA')
  const headers = { ...NAVIGATION, cookie: `jwt.access=${token}` }
  const { location = '' } = (await send(`${first.url}/notes`, { headers })).headers
  const note = new URL(location).searchParams.get('refused') ?? ''
  const host = 'app3.demo.localhost'
  expect(readRejectionNote(note, [token])).toEqual({
    reason: 'bad_signature',
    host,
    now: expect.any(Number),
  })
  expect(readRejectionNote(note, ['another token'])).toBeNull()
  expect(note).not.toContain(token.slice(0, 20))
})

/** A project that is registered, in another process, and what its users' programs can do. */
async function startRegistered(port: number) {
  const origin = `http://app3.demo.localhost:${port}`
  const credentials = await family.administer(async ({ apps, appCredentials }) => {
    const created = await apps.create({ name: 'Django', origins: [origin], token_scopes: '*' }, OPERATOR)
    const issued = created.ok && (await appCredentials.issue(created.value.id, OPERATOR))
    if (issued === false || !issued.ok) throw new Error('The project got no credentials')
    return issued.value
  })
  const settings = {
    LATCHKEY_AUTH_CLIENT_ID: credentials.clientId,
    LATCHKEY_AUTH_CLIENT_SECRET: credentials.clientSecret,
    LATCHKEY_SCOPES: ['auth.view_group', 'auth.view_user'],
  }
  const project = await startDjango('gunicorn', port, settings)
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  return {
    project,
    credentials,
    /** As a program of the user gets one; its scope must have been published. */
    async newToken(email: string, scopes: readonly string[]): Promise<string> {
      const body = JSON.stringify({ email, password: PASSWORD, device_name: 'Phone', scopes })
      const made = await send(`${family.auth.url}/api/tokens`, { method: 'POST', headers: json, body })
      expect(made.status, made.text).toBe(201)
      return JSON.parse(made.text).token
    },
    call: (path: string, token: string, sent: Sent = {}) =>
      send(`${project.url}${path}`, {
        ...sent,
        headers: { authorization: `Bearer ${token}`, ...sent.headers },
      }),
  }
}

it('A registered project takes API tokens until they are revoked, in every process', async () => {
  const { auth: port } = await choosePorts('0,0,0')
  const { project, credentials, newToken, call } = await startRegistered(port)
  onTestFinished(() => project.stop())
  const { email, visitor } = await register()
  const db = new Database(databaseFile)
  db.exec(`INSERT OR IGNORE INTO auth_group (name) VALUES ('readers');
    INSERT OR IGNORE INTO auth_group_permissions (group_id, permission_id) SELECT g.id, p.id
      FROM auth_group g, auth_permission p WHERE g.name = 'readers' AND p.codename = 'view_group'`)
  db.close()
  await family.administer(async ({ groups, users }) => {
    const user = await users.findByEmail(email)
    const created = await groups.create('readers', OPERATOR)
    if (!created.ok || !user) throw new Error('There is no user or no group')
    await groups.add(created.value, user, OPERATOR)
  })
  // The project publishes its permissions in the background, and the auth service reads new apps every two seconds. Tries
  // with a password would be limited.
  const { visitor: observer } = await register()
  await eventually(async () => {
    const { html } = await observer.visit(`${family.auth.url}/account/tokens`)
    expect(html, project.output()).toContain('auth.view_group')
  })
  const token = await newToken(email, ['auth.view_group'])
  const many = (path: string) => Promise.all(Array.from({ length: 8 }, () => call(path, token)))
  const statuses = async (path: string) => new Set((await many(path)).map(({ status }) => status))
  // A slow machine answers 503 at first.
  await eventually(async () => expect(await statuses('/cards'), project.output()).toEqual(new Set([200])))
  const answer = await call('/notes', token, {
    method: 'POST',
    headers: { cookie: await cookiesOf(visitor) },
  })
  expect([answer.status, answer.headers['set-cookie']]).toEqual([200, undefined])
  expect(JSON.parse(answer.text).username).toBe(rowOf(email).username)
  expect((await call('/form', token, { method: 'POST' })).status, 'without a CSRF token').toBe(200)
  expect((await call('/permitted', token)).status).toBe(200)
  expect((await call('/staff', token)).status).toBe(403)

  // Django's own client, in a process of its own.
  const own = spawnSync(findDjango(), ['-B', resolve(import.meta.dirname, 'django_own_client.py')], {
    encoding: 'utf8',
    env: environment(project.url, {
      LATCHKEY_AUTH_CLIENT_ID: credentials.clientId,
      LATCHKEY_AUTH_CLIENT_SECRET: credentials.clientSecret,
      LATCHKEY_SCOPES: ['auth.view_group', 'auth.view_user'],
    }),
    input: JSON.stringify({
      access: await visitor.cookie(first.url, 'jwt.access'),
      refresh: await visitor.cookie(first.url, 'jwt.refresh'),
      token,
    }),
  })
  expect(own.status, own.stderr).toBe(0)
  const said = JSON.parse(own.stdout)
  const of = (name: string) => [said[name].status, said[name].cookies]
  const name = expect.stringContaining('Ada Lovelace')
  expect(of('anonymous')).toEqual([401, []])
  // The user's groups have changed since.
  expect([of('known'), said.known.text]).toEqual([[200, ['jwt.access', 'jwt.refresh']], name])
  expect([of('renewed'), said.renewed.text]).toEqual([[200, ['jwt.access', 'jwt.refresh']], name])
  expect([of('token'), said.token.text, of('scope')]).toEqual([[200, []], name, [200, []]])
  expect([of('failed'), of('admin')]).toEqual([
    [500, []],
    [403, []],
  ])

  const other = await newToken(email, ['auth.view_user'])
  expect((await call('/permitted', other)).headers['www-authenticate']).toContain('insufficient_scope')

  const service = await send(`${family.auth.url}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${credentials.clientId}:${credentials.clientSecret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&scope=auth.view_group',
  })
  const ofApp = JSON.parse(service.text).access_token
  expect(JSON.parse((await call('/cards', ofApp)).text)).toEqual({ caller: 'Django', is_service: true })
  expect((await call('/notes', ofApp)).status).toBe(403)

  const revoked = await send(`${family.auth.url}/revoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${token}`,
  })
  expect(revoked.status, revoked.text).toBe(200)
  await withinPoll(async () => expect(await statuses('/cards')).toEqual(new Set([401])))
  expect((await call('/permitted', other)).status, 'another token of the same user').toBe(403)

  await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call('/notes', other)))
    const processes = new Set(answers.map(({ headers }) => headers['x-process']))
    expect(processes.size, 'processes that know the token').toBe(2)
  })
  await family.auth.stop()
  try {
    expect((await call('/notes', other)).status, 'a known token').toBe(200)
    const unknown = `lk_${'0'.repeat(43)}`
    expect((await call('/notes', unknown)).status).toBe(401)
  } finally {
    await family.auth.start()
  }
  expect(project.output()).not.toContain(token)
})

it('Many first requests at once, in threads of three processes, make one row', async () => {
  for (let round = 0; round < 3; round++) {
    const { visitor, email } = await register()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => ask(visitor, '/notes', {}, at % 2 === 0 ? first : forked)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(row('SELECT count(*) AS count FROM auth_user WHERE email = ?', email)).toEqual({ count: 1 })
  }
})

it('A user that the project disabled stays out, and the log says why', async () => {
  const { visitor, email } = await register()
  expect((await ask(visitor, '/notes')).status).toBe(200)
  const db = new Database(databaseFile)
  const set = (active: number) =>
    db.prepare('UPDATE auth_user SET is_active = ? WHERE email = ?').run(active, email)
  set(0)
  const denied = await ask(visitor, '/notes')
  expect([denied.status, JSON.parse(denied.text).detail]).toEqual([
    403,
    expect.stringContaining('your account is disabled in this app'),
  ])
  const renewed = await send(`${first.url}/notes`, {
    headers: { ...SCRIPT, ...(await withoutAccess(visitor)) },
  })
  expect([renewed.status, rowOf(email).is_active]).toEqual([403, 0])
  expect(JSON.parse((await ask(visitor, '/')).text)).toEqual({ method: 'GET' })
  await eventually(() => expect(first.output()).toContain('"cause": "inactive"'))
  set(1)
  db.close()
  expect((await ask(visitor, '/notes')).status).toBe(200)
})

it('An older token is never written over a newer one, in any process', async () => {
  const { visitor, email } = await register()
  const old = await cookiesOf(visitor)
  await family.administer(async ({ users }) => {
    const { uuid } = (await users.findByEmail(email)) ?? { uuid: '' }
    await users.update(uuid, { firstName: 'Augusta' }, OPERATOR as never)
  })
  const renewed = await send(`${first.url}/notes`, {
    headers: { ...SCRIPT, ...(await withoutAccess(visitor)) },
  })
  expect(JSON.parse(renewed.text).name).toBe('Augusta Lovelace')
  await send(`${forked.url}/notes`, { headers: { ...SCRIPT, cookie: old.replace(/jwt\.refresh=[^;]+/, '') } })
  expect(rowOf(email).first_name).toBe('Augusta')
})

it('While the auth service is down, tokens stay valid, and a session that must be renewed gets 503 and keeps its cookies', async () => {
  const { visitor } = await register()
  const cookie = await withoutAccess(visitor)
  expect((await ask(visitor, '/notes')).status).toBe(200)
  await family.auth.stop()
  try {
    expect((await ask(visitor, '/notes')).status).toBe(200)
    const script = await send(`${first.url}/notes`, { headers: { ...SCRIPT, ...cookie } })
    expect([script.status, script.headers['retry-after'], script.headers['set-cookie']]).toEqual([
      503,
      '5',
      undefined,
    ])
    const page = await send(`${first.url}/notes`, { headers: { ...NAVIGATION, ...cookie } })
    expect([page.status, page.headers.location]).toEqual([503, undefined])
    expect((await send(`${first.url}/open`, { headers: cookie })).status).toBe(200)
    await eventually(() => expect(first.output()).toContain('"event": "renewal_failed"'))
  } finally {
    await family.auth.start()
  }
  const again = await send(`${first.url}/notes`, { headers: { ...SCRIPT, ...cookie } })
  expect([again.status, again.headers['set-cookie']?.length]).toEqual([200, 2])
})
