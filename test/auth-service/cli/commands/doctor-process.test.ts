import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { auth } from '@latchkey/jwt-middleware/node'
import { auth as webAuth } from '@latchkey/jwt-middleware/web'
import SQLite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { doctor as command } from '../../../../auth-service/src/cli/commands/doctor.ts'
import { createTerminal } from '../../../../auth-service/src/cli/terminal.ts'
import { childEnv } from '../../../support/child-env.ts'
import { deadPort } from '../../../support/dead-port.ts'
import { clockOff, type RunningFamily, startFamily } from '../../../support/family.ts'
import { startMailServer } from '../../support/mail-server.ts'
import { openService, sqliteFiles, testConfig } from '../../support/services.ts'

// The build, which is installed as `latchkey`.
const CLI = resolve(import.meta.dirname, '../../../../auth-service/dist/cli.js')

const files = sqliteFiles()
let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ LOG_LEVEL: 'warn' })
})
afterAll(async () => {
  await family.close()
  await files.remove()
})

interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly what: string
  readonly remedy?: string
}

interface Given {
  readonly urls?: readonly string[]
  /** Settings that differ from those of the running service. */
  readonly env?: Readonly<Record<string, string>>
}

async function latchkey(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const settings = { ...childEnv(), ...family.auth.env, ...env }
  const child = spawn(process.execPath, [CLI, ...args], { env: settings, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}

function read(json: string) {
  const { ok, findings } = JSON.parse(json) as { ok: boolean; findings: Finding[] }
  return { ok, findings, failed: findings.filter(({ status }) => status === 'fail') }
}

/** Runs the command in this process, since starting another takes a second. */
async function doctor({ urls = [], env = {} }: Given = {}) {
  const settings = { ...family.auth.env, ...env }
  const given = { operands: urls, options: { json: true } }
  const nowhere = createTerminal(process.stdin, new PassThrough(), settings)
  const outcome = await command.runBare(settings, given, nowhere)
  if (!outcome.ok && !('report' in outcome)) throw new Error(outcome.reason)
  const report = read(outcome.ok ? outcome.value : outcome.report)
  expect(outcome.ok).toBe(report.ok)
  return report
}

/** The output for a single problem: it must name the problem and its remedy. */
async function expectFailure(given: Given, what: RegExp, remedy: RegExp): Promise<void> {
  const { ok, failed } = await doctor(given)
  expect(ok).toBe(false)
  expect(failed.length).toBeGreaterThan(0)
  expect(failed.map((finding) => finding.what)).toContainEqual(expect.stringMatching(what))
  const found = failed.find((finding) => what.test(finding.what))
  expect(found?.remedy).toMatch(remedy)
}

/** A login-protected page of an app with its own settings. */
async function app(settings: (url: string) => Record<string, string>): Promise<string> {
  const { url } = await family.double('notes', (own) => ({ OWN_URL: own, ...settings(own) }))
  return `${url}/notes`
}

const people = () => family.administer(({ database }) => database.db.select().from(database.users))

/** The database of another service than the running one. */
/** An app that looks like one on this framework from outside. */
async function siteOn(framework: string, refreshCookie: 'family' | 'auth'): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://next.demo.localhost:${(server.address() as AddressInfo).port}`
  const web = auth({ loginUrl: `${family.auth.url}/login`, ownUrl: url, refreshCookie })
  const page = web.loginRequired((_req, res, user) => res.end(user.email))
  server.on('request', (req, res) => {
    res.setHeader('x-powered-by', framework)
    void page(req, res)
  })
  onTestFinished(() => {
    web.close()
    server.closeAllConnections()
    server.close()
  })
  return `${url}/notes`
}

async function otherDatabase(): Promise<string> {
  const databaseUrl = await files.empty()
  const { AUTH_URL: authUrl = '', SECRET_KEY: secretKey = '' } = family.auth.env
  await (await openService(testConfig({ databaseUrl, authUrl, secretKey }))).close()
  return databaseUrl
}

describe('The doctor of a running family', () => {
  it('reports no problem in a healthy set-up, tests sign-in to sign-out, and deletes its test user', async () => {
    const urls = [`${family.notes.url}/notes`, `${family.teamBoard.url}/`]
    const { code, out } = await latchkey(['doctor', '--json', ...urls])
    const { ok, findings, failed } = read(out)
    expect(failed).toEqual([])
    expect([code, ok]).toEqual([0, true])
    const of = (check: string) => findings.filter((finding) => finding.check === check)
    expect(of(family.notes.url).map(({ what }) => what)).toEqual([
      '/notes redirects anonymous users to the login page with the right return address.',
      'The app recognises the signed-in user and renews the session itself.',
      expect.stringMatching(/^After sign-out, the app rejected the cookies within \d\.\d s\.$/),
    ])
    for (const check of [
      'Node',
      'settings',
      'database',
      'keys',
      'cookies',
      'mail',
      'outside',
      'inside',
      'running service',
      'clock',
      'proxy',
      'feed',
    ]) {
      expect([check, of(check).map(({ status }) => status)]).toEqual([check, expect.arrayContaining(['ok'])])
    }
    expect(await people()).toEqual([])
  })

  it('prints one line per finding, with remedies and a count', async () => {
    const well = await latchkey(['doctor'])
    expect(well).toMatchObject({ code: 0 })
    expect(well.out).toMatch(/^ok {4}Node: Node \d+/)
    const ill = await latchkey(['doctor'], { SECRET_KEY: 'another secret that never sealed a key' })
    expect(ill).toMatchObject({ code: 1, err: expect.stringMatching(/1 check failed\.\n$/) })
    expect(ill.out).toMatch(/\nFAIL {2}keys: SECRET_KEY can't decrypt .*\n {6}-> Use the SECRET_KEY that/)
  })

  it('warns about a public page, and still checks whether the app recognises users', async () => {
    const { ok, findings } = await doctor({ urls: [family.notes.url] })
    expect(ok).toBe(true)
    const what = findings.filter(({ check }) => check === family.notes.url)
    expect(what.map(({ status }) => status)).toEqual(['warn', 'ok'])
  })

  it.each([
    [['app1.example.com'], {}, '"app1.example.com" is not the address of an app.'],
    [['ftp://app1.example.com/'], {}, '"ftp://app1.example.com/" is not the address of an app.'],
    [[], { AUTH_INTERNAL_URL: 'auth:4000' }, 'AUTH_INTERNAL_URL is not an http(s) URL.'],
  ])('rejects %j with %o as an address', async (operands, more, problem) => {
    const env: Record<string, string> = { ...family.auth.env, ...more }
    const nowhere = createTerminal(process.stdin, new PassThrough(), env)
    expect(await command.runBare(env, { operands, options: {} }, nowhere)).toEqual({
      ok: false,
      reason: expect.stringContaining(problem),
    })
  })
})

describe('The doctor finds, with a remedy,', () => {
  it('invalid settings', async () => {
    await expectFailure({ env: { SECRET_KEY: 'hush' } }, /SECRET_KEY has 4 characters/, /openssl rand/)
  })

  it('a cookie domain that does not cover an app', async () => {
    const urls = [`${family.notes.url}/notes`]
    await expectFailure(
      { env: { COOKIE_DOMAIN: 'auth.demo.localhost' }, urls },
      /app1\.demo\.localhost:\d+ is not at or under COOKIE_DOMAIN=auth\.demo\.localhost/,
      /^Set COOKIE_DOMAIN=demo\.localhost at the auth service/,
    )
  })

  it('an app that redirects to a login page at the wrong host', async () => {
    const LOGIN_URL = family.auth.url.replace('//auth.', '//login.').concat('/login')
    await expectFailure(
      { urls: [await app(() => ({ LOGIN_URL }))] },
      /redirects anonymous users to http:\/\/login\.demo\.localhost/,
      new RegExp(`^Set LOGIN_URL=${family.auth.url}/login `),
    )
  })

  it('an app that announces another address as its own', async () => {
    const url = await app(() => ({ OWN_URL: 'http://elsewhere.demo.localhost:4009' }))
    await expectFailure(
      { urls: [url] },
      /The return address of .* is http:\/\/elsewhere\.demo\.localhost:4009/,
      new RegExp(`^Set OWN_URL=${new URL(url).origin} `),
    )
  })

  it('an app that expects cookies of another name', async () => {
    await expectFailure(
      { urls: [await app(() => ({ COOKIE_PREFIX: 'other' }))] },
      /finds no sign-in in the cookies/,
      /^Set COOKIE_PREFIX of the app to jwt/,
    )
  })

  it('an app whose clock is ten minutes ahead', async () => {
    await expectFailure(
      { urls: [await app(() => clockOff(600))] },
      /rejects a valid sign-in \(expired\): its clock is (599|60[01]) s ahead of ours/,
      /^Synchronise the clocks/,
    )
  })

  it('a server whose clock is ten minutes behind, by the Date header of its responses', async () => {
    const server = createServer((_, answer) => {
      answer.setHeader('date', new Date(Date.now() - 600_000).toUTCString()).end('hello')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expectFailure(
      { urls: [`http://app9.demo.localhost:${port}/`] },
      /The clock of http:\/\/app9\.demo\.localhost:\d+ is (599|60[01]) s behind ours/,
      /timedatectl set-ntp true/,
    )
  })

  it('an app that cannot reach the auth service internally', async () => {
    const AUTH_INTERNAL_URL = `http://127.0.0.1:${await deadPort()}`
    const DATABASE_URL = await files.empty()
    await expectFailure(
      { urls: [await app(() => ({ AUTH_INTERNAL_URL, DATABASE_URL }))] },
      /answers 503 to a signed-in user/,
      /^Set AUTH_INTERNAL_URL of the app/,
    )
  })

  it('an internal address where nothing listens', async () => {
    const AUTH_INTERNAL_URL = `http://127.0.0.1:${await deadPort()}`
    await expectFailure(
      { env: { AUTH_INTERNAL_URL } },
      /Can't reach the auth service at http:\/\/127\.0\.0\.1:\d+: nothing listens there/,
      /^Set AUTH_INTERNAL_URL to the address at which apps reach/,
    )
  })

  it.each([
    [
      'that renews with links that are fetched ahead',
      'family' as const,
      'warn',
      /fetches ahead renew/,
      /next-router-prefetch/,
    ],
    [
      'whose proxy does not cover a page',
      'auth' as const,
      'fail',
      /does not renew the session/,
      /proxy\.ts export/,
    ],
  ])('a site on Next %s', async (_, refreshCookie, status, what, remedy) => {
    const url = await siteOn('Next.js', refreshCookie)
    const { findings } = await doctor({ urls: [url] })
    expect(findings).toContainEqual({
      check: expect.any(String),
      status,
      what: expect.stringMatching(what),
      remedy: expect.stringMatching(remedy),
    })
  })

  it('an app that does not renew, with the place of the middleware in its framework', async () => {
    const { findings, failed } = await doctor({ urls: [await siteOn('Express', 'auth')] })
    expect(failed).toEqual([
      expect.objectContaining({
        what: expect.stringContaining('does not renew the session'),
        remedy: expect.stringMatching(
          /^Put app\.use\(auth\(\)\) before the routes and the handlers of errors\. Then check these settings: Set COOKIE_PREFIX and/,
        ),
      }),
    ])
    expect(findings.map(({ what }) => what)).not.toContainEqual(expect.stringContaining('fetches ahead'))
  })

  it('an app whose answers to errors lose the cookies of a renewal', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://app7.demo.localhost:${(server.address() as AddressInfo).port}`
    const web = webAuth({ loginUrl: `${family.auth.url}/login`, ownUrl: url })
    const notes = web.loginRequired((_request, user) => new Response(user.email))
    let isFinished = false
    const handle = getRequestListener(async (request) => {
      if (new URL(request.url).pathname === '/notes') return notes(request)
      const visit = await web(request)
      const response = new Response('Nothing here', { status: 404 })
      return isFinished ? visit.finish(response) : response
    })
    server.on('request', handle)
    onTestFinished(() => {
      web.close()
      server.closeAllConnections()
      server.close()
    })
    const { failed } = await doctor({ urls: [`${url}/notes`] })
    expect(failed).toEqual([
      {
        check: url,
        status: 'fail',
        what: expect.stringMatching(/unknown address, and its answer \(404\) loses the cookies/),
        remedy: expect.stringContaining('docs/frameworks/your-own.md'),
      },
    ])
    isFinished = true
    expect((await doctor({ urls: [`${url}/notes`] })).failed).toEqual([])
  })

  it('an app that is down', async () => {
    await expectFailure(
      { urls: [`http://app8.demo.localhost:${await deadPort()}/`] },
      /Can't reach .*: nothing listens there/,
      /^Start the app/,
    )
  })

  it('a secret that does not decrypt the keys', async () => {
    const env = { SECRET_KEY: 'another secret that never sealed a key' }
    await expectFailure({ env }, /SECRET_KEY can't decrypt the signing keys/, /SECRET_KEY_FALLBACKS/)
  })

  it('a missing database', async () => {
    const env = { DATABASE_URL: 'file:/tmp/no-such-folder/latchkey.sqlite' }
    await expectFailure({ env }, /There is no database at \/tmp\/no-such-folder/, /^Set DATABASE_URL/)
  })

  it('a database without the latest migrations', async () => {
    const DATABASE_URL = await otherDatabase()
    const client = new SQLite(DATABASE_URL.replace('file:', ''))
    client.exec(`DELETE FROM latchkey_auth_migrations WHERE created_at > 1
      AND created_at = (SELECT max(created_at) FROM latchkey_auth_migrations)`)
    client.close()
    await expectFailure(
      { env: { DATABASE_URL } },
      /Migrations are missing: \d{4}_/,
      /^Run "latchkey migrate"/,
    )
  })

  it("a different database from the running service's", async () => {
    await expectFailure(
      { env: { DATABASE_URL: await otherDatabase() } },
      /publishes keys that are not in this database/,
      /Compare its DATABASE_URL/,
    )
  })

  it('a mail server that is down', async () => {
    const env = { SMTP_URL: `smtp://127.0.0.1:${await deadPort()}`, MAIL_FROM: 'no-reply@example.com' }
    await expectFailure(
      { env },
      /127\.0\.0\.1:\d+ rejected the connection: .*ECONN/,
      /^Check the host and port in SMTP_URL/,
    )
  })

  it('a mail server that rejects the password, without sending mail to one that accepts it', async () => {
    const server = await startMailServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _, answer) =>
        password === 'right' ? answer(null, { user: 'us' }) : answer(new Error('No.')),
    })
    onTestFinished(() => server.stop())
    const env = (password: string) => ({
      SMTP_URL: `smtp://us:${password}@127.0.0.1:${server.port}`,
      MAIL_FROM: 'no-reply@example.com',
    })
    await expectFailure(
      { env: env('wrong') },
      /rejected the connection: EAUTH/,
      /^Check the user and password in SMTP_URL/,
    )
    const { findings } = await doctor({ env: env('right') })
    expect(findings.filter(({ check }) => check === 'mail')).toEqual([
      expect.objectContaining({ status: 'ok', what: expect.stringContaining('our sign-in') }),
    ])
    expect(server.received).toEqual([])
  })

  it('an auth service that is down', async () => {
    const AUTH_URL = `http://auth.demo.localhost:${await deadPort()}`
    await expectFailure(
      { env: { AUTH_URL } },
      /Can't reach the auth service at http:\/\/auth\.demo\.localhost:\d+: nothing listens there/,
      /^Start the auth service/,
    )
  })

  it("another service at the auth service's address", async () => {
    await expectFailure(
      { env: { AUTH_URL: family.notes.url } },
      /Another program answers at http:\/\/app1\.demo\.localhost/,
      /the proxy forwards/,
    )
  })

  it('an http app of an https auth service, and a port without TLS', async () => {
    const AUTH_URL = family.auth.url.replace('http:', 'https:')
    const given = { env: { AUTH_URL }, urls: [`${family.notes.url}/notes`] }
    await expectFailure(given, /is http, but AUTH_URL is https/, /^Serve the app over https/)
    await expectFailure(given, /Can't reach the auth service at https:.*it does not speak TLS/, /write http:/)
  })

  it('a feed that a proxy holds back', async () => {
    const proxy = createServer(async (incoming, outgoing) => {
      if (incoming.url?.startsWith('/revocations')) {
        outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        return
      }
      const answer = await fetch(`http://127.0.0.1:${new URL(family.auth.url).port}${incoming.url}`)
      outgoing.writeHead(answer.status).end(await answer.text())
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    onTestFinished(() => {
      proxy.closeAllConnections()
      proxy.close()
    })
    const AUTH_INTERNAL_URL = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    await expectFailure(
      { env: { AUTH_INTERNAL_URL } },
      /The revocation feed at http:\/\/127\.0\.0\.1:\d+ is delayed/,
      /proxy_buffering off/,
    )
  })
})
