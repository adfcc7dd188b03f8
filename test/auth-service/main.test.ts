import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { resolve } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { deadPort } from '../support/dead-port.ts'
import { send } from '../support/http.ts'
import { COOKIE_DOMAIN, ISSUER } from '../support/tokens.ts'
import { startMailServer } from './support/mail-server.ts'
import { SECRET_KEY, sqliteFiles } from './support/services.ts'

// The build, as deployed.
const MAIN = resolve(import.meta.dirname, '../../auth-service/dist/main.js')
const REQUIRED = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, PORT: '0', DATABASE_URL: ':memory:' }

const files = sqliteFiles()
afterAll(files.remove)

/** A process of the service with exactly this environment. */
function run(env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [MAIN], { env, stdio: 'pipe' })
  let output = ''
  const ready = Promise.withResolvers<number>()
  const hear = (data: Buffer) => {
    output += data
    const port = output.match(/ port (\d+)\)/)?.[1]
    if (port) ready.resolve(Number(port))
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const end = once(child, 'close').then(([code, signal]) => ({ code, signal, output }))
  return { child, end, output: () => output, port: ready.promise }
}

it('the process prints its address, serves, and exits cleanly on request', async () => {
  const service = run({ ...REQUIRED, DATABASE_URL: await files.empty() })
  const port = await service.port
  expect(service.output()).toMatch(
    `The auth service is at ${ISSUER}/ (listening on 127.0.0.1, port ${port}).\nThere are no users yet. Create`,
  )
  expect(await send(`http://127.0.0.1:${port}/healthz`)).toMatchObject({ status: 200 })
  service.child.kill('SIGTERM')
  expect(await service.end).toMatchObject({ code: 0, signal: null })
})

it('--version prints the version, without settings, and so does the command', () => {
  const { version } = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../../auth-service/package.json'), 'utf8'),
  )
  for (const [name, file] of [
    ['latchkey-auth', MAIN],
    ['latchkey', resolve(MAIN, '../cli.js')],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, '--version'], {
      env: {},
      encoding: 'utf8',
    })
    expect([status, stdout, stderr]).toEqual([0, `${name} ${version}\n`, ''])
  }
})

/** Prints every module that was loaded, as the process ends. */
const LISTING = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  process.on('exit', () => console.log(JSON.stringify({ loaded })))
`)}`

it('a service loads only what its settings need', async () => {
  const service = run({
    ...REQUIRED,
    DATABASE_URL: await files.empty(),
    NODE_OPTIONS: `--import=${LISTING}`,
  })
  expect(await send(`http://127.0.0.1:${await service.port}/login`)).toMatchObject({ status: 200 })
  service.child.kill('SIGTERM')
  const { loaded } = JSON.parse((await service.end).output.match(/{"loaded".*/)?.[0] ?? '') as {
    loaded: string[]
  }
  const packages = new Set(
    loaded.flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
  )
  expect(packages).toContain('better-sqlite3')
  // For Postgres, mail, locations, passwords and the names of devices, each loaded when it is first needed.
  for (const name of [
    'pg',
    'pg-connection-string',
    'nodemailer',
    'maxmind',
    '@node-rs/argon2',
    'bcryptjs',
    'bowser',
  ])
    expect(packages).not.toContain(name)
  expect([...packages].filter((name) => name.startsWith('@zxcvbn-ts/'))).toEqual([])
  // Bundled: Node takes longer to find modules than to run them.
  expect(packages).not.toContain('drizzle-orm')
  expect(packages).not.toContain('hono')
  expect(loaded.length).toBeLessThan(130)
})

it('a second signal ends the process at once, even during requests', async () => {
  const service = run(REQUIRED)
  const port = await service.port
  const slow = connect(port, '127.0.0.1').on('error', () => {})
  slow.write(
    'POST /login HTTP/1.1\r\nHost: auth.demo.localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
  )
  await once(slow, 'data')
  service.child.kill('SIGINT')
  await expect.poll(() => refuses(port)).toBe(true)
  service.child.kill('SIGINT')
  expect(await service.end).toMatchObject({ code: null, signal: 'SIGINT' })
})

it('a port in use is named with the program that uses it, and with the setting to change', async () => {
  const AUTH_URL = `http://auth.demo.localhost:${await deadPort()}`
  const { PORT: _, ...settings } = { ...REQUIRED, AUTH_URL }
  const first = run(settings)
  // PORT follows AUTH_URL.
  expect(await first.port).toBe(Number(new URL(AUTH_URL).port))
  const second = await run(settings).end
  expect(second.output).toMatch(
    new RegExp(
      `^HOST and PORT can't be used: port \\d+ of 127\\.0\\.0\\.1 is used by another Latchkey auth service \\(process ${first.child.pid}\\)\\. ` +
        'Stop that program, or choose another port in AUTH_URL, and in LOGIN_URL of the apps\\.\\n$',
    ),
  )
  expect(second.code).toBe(1)

  const mute = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void mute.close())
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  const third = await run({ ...REQUIRED, PORT: '0', INTERNAL_PORT: String(port) }).end
  expect(third.output).toMatch(
    new RegExp(
      `INTERNAL_PORT can't be used: .* is used by the program ".+" \\(process ${process.pid}\\).*INTERNAL_PORT to a free`,
    ),
  )
  first.child.kill('SIGTERM')
  await first.end
})

it.each([
  [
    'settings are wrong',
    { PORT: 'x', AUTH_URL: '' },
    /can't start:\n {2}- AUTH_URL is not set.*\n {2}- PORT is "x"/,
  ],
  [
    'a setting needs email and email is off',
    { AUTH_URL: 'https://auth.demo.localhost', EMAIL_VERIFICATION: 'required', SIGN_IN_BY_MAIL: 'on' },
    /- EMAIL_VERIFICATION is required.*Set SMTP_URL.*\n {2}- SIGN_IN_BY_MAIL is on.*Set SMTP_URL/,
  ],
  [
    'the database cannot be opened',
    { DATABASE_URL: 'file:/no/such/folder/x' },
    /- DATABASE_URL is .*\. Create the folder/,
  ],
  [
    'Postgres is down',
    { DATABASE_URL: 'postgres://u:hush@127.0.0.1:9/x' },
    /^DATABASE_URL can't be used: .*ECONNREFUSED/,
  ],
  ['it cannot listen', { HOST: '192.0.2.1' }, /^HOST and PORT can't be used: .*EADDRNOTAVAIL/],
])('when %s, the process explains it and exits with 1', async (_, changes, words) => {
  const { code, output } = await run({ ...REQUIRED, ...changes }).end
  expect(output).toMatch(words)
  expect(output).not.toMatch(/ {4}at |hush/)
  expect(code).toBe(1)
})

it('logs no secret of its settings at any level, for any response of the mail server', async () => {
  const mails = await startMailServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _, answer) => answer(new Error(`There is no user ${password}.`)),
  })
  onTestFinished(() => mails.stop())
  const service = run({
    ...REQUIRED,
    SECRET_KEY: 'hush-'.repeat(8),
    SECRET_KEY_FALLBACKS: 'hush.'.repeat(8),
    SMTP_URL: `smtp://mailer:hush@127.0.0.1:${mails.port}`,
    MAIL_FROM: 'no-reply@example.com',
    LOG_LEVEL: 'trace',
  })
  const person = { email: 'ada@example.com', password: 'a long walk by the sea' }
  const answer = await fetch(`http://127.0.0.1:${await service.port}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(person),
  })
  expect(answer.status).toBe(202)
  await expect.poll(service.output).toContain('EAUTH')
  service.child.kill('SIGTERM')
  expect((await service.end).output).not.toContain('hush')
})

it('explains what to do when SECRET_KEY does not match the stored keys', async () => {
  const env = { ...REQUIRED, DATABASE_URL: await files.empty() }
  const first = run(env)
  await first.port
  first.child.kill('SIGTERM')
  await first.end
  const { code, output } = await run({ ...env, SECRET_KEY: SECRET_KEY.toUpperCase() }).end
  expect(output).toMatch(/- SECRET_KEY can't decrypt the signing keys/)
  expect(code).toBe(1)
})

it('two processes share one SQLite file: each sees what the other stores', async () => {
  const env = { ...REQUIRED, DATABASE_URL: await files.empty() }
  const both = [run(env), run(env)]
  const keys = await Promise.all(
    both.map(async ({ port }) => (await send(`http://127.0.0.1:${await port}/.well-known/jwks.json`)).text),
  )
  expect(keys[0]).toBe(keys[1])
  for (const { child } of both) child.kill('SIGTERM')
  for (const { end } of both) expect(await end).toMatchObject({ code: 0 })
})

const refuses = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const probe = connect(port, '127.0.0.1')
    probe.once('error', () => answer(true))
    probe.once('connect', () => {
      probe.destroy()
      answer(false)
    })
  })
