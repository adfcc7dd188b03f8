import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { deadPort } from '../../../support/dead-port.ts'
import { send } from '../../../support/http.ts'
import { startLatchkey, startNode, tempApp } from '../../../support/temp-app.ts'
import { createVisitor } from '../../../support/visitor.ts'

// Each step is a process of its own.
vi.setConfig({ testTimeout: 240_000 })

const APP = `
import { serve } from '@hono/node-server'
import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'

const app = new Hono()
app.use(auth())
app.get('/notes', loginRequired(), (c) => c.text('Notes of ' + c.var.user.email))
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' }, () => console.log('listening'))
`
const READY = /Press Ctrl-C to stop/

/** The settings that the output shows for the app. */
const settingsIn = (output: string, own: string) => {
  const [, LOGIN_URL = ''] = new RegExp(`LOGIN_URL=(\\S+)\\n +OWN_URL=${own}\\n`).exec(output) ?? []
  return { LOGIN_URL, OWN_URL: own }
}

const superuserIn = (output: string) => {
  const [, email = '', password = ''] = /Superuser +(\S+) +(\S+)/.exec(output) ?? []
  return { email, password }
}

it('two printed settings are all that an app needs: its visitor signs in as the superuser', async () => {
  const folder = tempApp({ 'app.mjs': APP })
  const [port, appPort] = [String(await deadPort()), String(await deadPort())]
  const own = `http://app1.team.localhost:${appPort}`

  const lost = startNode(folder, ['app.mjs'], { PORT: appPort, OWN_URL: own })
  expect(await lost.ended).toBe(1)
  expect(lost.output()).toContain(`npx latchkey dev --app ${own}\n`)

  const dev = startLatchkey(folder, ['dev', '--app', own, '--port', port])
  await dev.until(READY)
  const settings = settingsIn(dev.output(), own)
  expect(settings.LOGIN_URL).toBe(`http://auth.team.localhost:${port}/login`)
  const app = startNode(folder, ['app.mjs'], { ...settings, PORT: appPort })
  await app.until(/listening/)

  const visitor = createVisitor()
  const login = await visitor.visit(`${own}/notes`)
  expect(login.html).toContain('Sign in to continue to app1')
  const { email, password } = superuserIn(dev.output())
  const landed = await visitor.submit(login, '/login', { email, password })
  expect([landed.url, landed.html]).toEqual([`${own}/notes`, `Notes of ${email}`])
  expect((await visitor.visit(`${new URL(settings.LOGIN_URL).origin}/admin`)).status).toBe(200)
  // Without AUTH_INTERNAL_URL.
  expect(app.output()).not.toMatch(/503|unavailable|could not/)

  // Other commands in this folder use the same auth service.
  const doctor = startLatchkey(folder, ['doctor', `${own}/notes`])
  expect([await doctor.ended, doctor.output()]).toEqual([
    0,
    expect.stringContaining('redirects anonymous users'),
  ])
})

const OIDC_APP = APP.replace(
  'app.use(auth())',
  "app.use(auth({ oidc: (await import('@latchkey/jwt-middleware/oidc')).oidc() }))",
)

/** The settings of an app on another domain that the output shows. */
const clientIn = (output: string, own: string): Record<string, string> => {
  const [, block = ''] =
    new RegExp(`((?: +[A-Z_]+=\\S+\n)* +OWN_URL=${own}\n(?: +[A-Z_]+=\\S+\n)*)`).exec(output) ?? []
  return Object.fromEntries([...block.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]))
}

it('four printed settings are all that an app on another domain needs, beside an app of the family', async () => {
  const folder = tempApp({ 'app.mjs': APP, 'partner.mjs': OIDC_APP })
  const [port, appPort, partnerPort] = [await deadPort(), await deadPort(), await deadPort()].map(String)
  const own = `http://app1.team.localhost:${appPort}`
  const partner = `http://partner.localhost:${partnerPort}`
  const args = ['dev', '--app', own, '--oidc-app', partner, '--port', port as string]
  const dev = startLatchkey(folder, args)
  await dev.until(READY)
  const settings = clientIn(dev.output(), partner)
  expect(Object.keys(settings)).toEqual(['LOGIN_URL', 'OWN_URL', 'AUTH_CLIENT_ID', 'AUTH_CLIENT_SECRET'])
  expect(dev.output()).toContain(`the redirect URI ${partner}/auth/callback`)
  expect(clientIn(dev.output(), own)).toEqual(settingsIn(dev.output(), own))

  const app = startNode(folder, ['app.mjs'], { ...settingsIn(dev.output(), own), PORT: appPort as string })
  const other = startNode(folder, ['partner.mjs'], { ...settings, PORT: partnerPort as string })
  await Promise.all([app.until(/listening/), other.until(/listening/)])
  const visitor = createVisitor()
  const { email, password } = superuserIn(dev.output())
  const login = await visitor.visit(`${partner}/notes`)
  expect(login.html).toContain('Sign in to continue to partner')
  const landed = await visitor.submit(login, '/login', { email, password })
  expect([landed.url, landed.html]).toEqual([`${partner}/notes`, `Notes of ${email}`])
  expect((await visitor.visit(`${own}/notes`)).html).toBe(`Notes of ${email}`)

  // The same secret at every start, also for the process that is too late, and after a change of the client.
  const late = startLatchkey(folder, ['dev', '--oidc-app', partner])
  expect(await late.ended).toBe(0)
  expect(clientIn(late.output(), partner)).toEqual(settings)
  const redirect = ['--redirect-uri', `${partner}/auth/callback`, '--redirect-uri', `${partner}/back`]
  expect(await startLatchkey(folder, ['apps', 'set-oidc', 'partner', ...redirect]).ended).toBe(0)
  dev.child.kill('SIGTERM')
  expect(await dev.ended).toBe(0)
  const again = startLatchkey(folder, ['dev'])
  await again.until(READY)
  expect(clientIn(again.output(), partner)).toEqual(settings)
  expect(clientIn(again.output(), own)).toEqual(settingsIn(dev.output(), own))
  const shown = startLatchkey(folder, ['apps', 'show', 'partner'])
  await shown.ended
  expect(shown.output()).toContain(`${partner}/back`)
  const stored = join(folder, '.latchkey/oidc-apps.json')
  expect(statSync(stored).mode & 0o777).toBe(0o600)
})

it('starts for an app on another domain alone, at localhost itself, twice at once with one secret', async () => {
  const folder = tempApp()
  const port = String(await deadPort())
  const args = ['dev', '--oidc-app', 'http://localhost:5199', '--port', port]
  const starts = [startLatchkey(folder, args), startLatchkey(folder, args)]
  const early = await Promise.race(starts.map((start) => start.ended.then(() => start)))
  expect(await early.ended).toBe(0)
  const server = starts.find((start) => start !== early) as (typeof starts)[number]
  await server.until(READY)
  const [one, two] = starts.map((start) => clientIn(start.output(), 'http://localhost:5199'))
  expect([one, one?.LOGIN_URL]).toEqual([two, `http://auth.team.localhost:${port}/login`])
  expect(one?.AUTH_CLIENT_SECRET).toMatch(/^lks_/)
})

it('keeps its data in one folder that git ignores, for this user only, across starts and ports', async () => {
  const folder = tempApp()
  const [port, other, app] = [await deadPort(), await deadPort(), await deadPort()].map(String)
  const first = startLatchkey(folder, [
    'dev',
    '--app',
    `http://app1.team.localhost:${app}`,
    '--port',
    port as string,
  ])
  await first.until(READY)
  const file = (name: string) => join(folder, '.latchkey', name)
  expect(readFileSync(file('.gitignore'), 'utf8')).toBe('*\n')
  for (const name of ['secret-key', 'superuser-password'])
    expect(statSync(file(name)).mode & 0o777).toBe(0o600)
  expect(first.output()).not.toContain(readFileSync(file('secret-key'), 'utf8'))
  first.child.kill('SIGINT')
  expect(await first.ended).toBe(0)

  // Everything is remembered, also where only the port changes.
  const second = startLatchkey(folder, ['dev', '--port', other as string])
  await second.until(READY)
  expect(superuserIn(second.output())).toEqual(superuserIn(first.output()))
  expect(settingsIn(second.output(), `http://app1.team.localhost:${app}`).LOGIN_URL).toBe(
    `http://auth.team.localhost:${other}/login`,
  )
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
})

it('started twice at once, one process serves, and the other one says so; a later app is registered', async () => {
  const folder = tempApp()
  const port = String(await deadPort())
  const urls = ['http://app1.team.localhost:5190', 'http://app2.team.localhost:5191'] as const
  const starts = urls.map((url) => startLatchkey(folder, ['dev', '--app', url, '--port', port]))
  const early = await Promise.race(starts.map((start) => start.ended.then(() => start)))
  expect(await early.ended).toBe(0)
  expect(early.output()).toMatch(
    /The auth service of this folder is already running at http:\/\/auth\.team\.localhost/,
  )
  expect(early.output()).toMatch(/Superuser +admin@team\.localhost {2}\S+\n/)
  const server = starts.find((start) => start !== early) as (typeof starts)[number]
  await server.until(READY)

  const later = startLatchkey(folder, ['dev', '--app', 'http://app3.team.localhost:5192/start'])
  expect(await later.ended).toBe(0)
  expect(settingsIn(later.output(), 'http://app3.team.localhost:5192').LOGIN_URL).toMatch(/\/login$/)
  const moved = startLatchkey(folder, ['dev', '--port', '5193'])
  expect([await moved.ended, moved.output()]).toEqual([1, expect.stringContaining('stop it first')])

  const { email, password } = superuserIn(server.output())
  const visitor = createVisitor()
  const auth = `http://auth.team.localhost:${port}`
  await visitor.submit(await visitor.visit(`${auth}/login`), '/login', { email, password })
  await expect
    .poll(async () => (await visitor.visit(`${auth}/account`)).html)
    .toContain('http://app3.team.localhost:5192/start')
  const { html } = await visitor.visit(`${auth}/account`)
  for (const url of urls) expect(html).toContain(`href="${url}/"`)
  expect((await send(`${auth}/mailbox`)).status).toBe(200)
})

it('started twice at once for different domains or ports, one serves, and the other one is refused in one line', async () => {
  const folder = tempApp()
  const [one, other] = [await deadPort(), await deadPort()].map(String)
  const starts = [
    startLatchkey(folder, ['dev', '--app', 'http://app1.team.localhost:5194', '--port', one as string]),
    startLatchkey(folder, ['dev', '--app', 'http://app1.crew.localhost:5195', '--port', other as string]),
    startLatchkey(folder, ['dev', '--app', 'http://app2.team.localhost:5196', '--port', other as string]),
  ]
  const ready = await Promise.race(
    starts.map((start) =>
      start.until(READY).then(
        () => start,
        () => new Promise<never>(() => {}),
      ),
    ),
  )
  for (const refused of starts.filter((start) => start !== ready)) {
    // An app of the same domain may be added, if it comes late enough to find the service running.
    await refused.ended
    expect(refused.output()).toMatch(
      /^(The auth service in this folder is for .*|It is starting .*|It is already running .*|The auth service of this folder is already running[\s\S]*)\n$/,
    )
  }
  const { cookieDomain, port } = JSON.parse(readFileSync(join(folder, '.latchkey/dev.json'), 'utf8'))
  expect(ready.output()).toContain(`http://auth.${cookieDomain}:${port}/login`)
})

it('an address without --app is answered with the command to type', async () => {
  const dev = startLatchkey(tempApp(), ['dev', 'http://app1.team.localhost:3000'])
  expect([await dev.ended, dev.output()]).toEqual([
    1,
    'Write --app before the address of an app: npx latchkey dev --app http://app1.team.localhost:3000\n',
  ])
})

it('a port in use is named with its program, and with another port to choose', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const folder = tempApp()
  const dev = startLatchkey(folder, [
    'dev',
    '--app',
    'http://app1.team.localhost:3000',
    '--port',
    String(port),
  ])
  expect([await dev.ended, dev.output()]).toEqual([
    1,
    expect.stringMatching(
      new RegExp(`port ${port} of 127\\.0\\.0\\.1 is used by .*${process.pid}.* --port ${port + 100}\n$`),
    ),
  ])
  // Otherwise other commands would lead to the program that has the port.
  expect(existsSync(join(folder, '.latchkey/dev.json'))).toBe(false)
})

it('a stopped auth service of this folder is started by the command that the doctor names', async () => {
  const folder = tempApp()
  const port = String(await deadPort())
  const dev = startLatchkey(folder, ['dev', '--app', 'http://app1.team.localhost:5192', '--port', port])
  await dev.until(READY)
  dev.child.kill('SIGTERM')
  expect(await dev.ended).toBe(0)
  const doctor = startLatchkey(folder, ['doctor'])
  expect(await doctor.ended).toBe(1)
  expect(doctor.output()).toContain('Start the auth service in this folder: npx latchkey dev')
  expect(doctor.output()).not.toMatch(/proxy forwards|Set AUTH_INTERNAL_URL/)
})
