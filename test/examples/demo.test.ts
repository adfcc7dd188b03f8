import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPasswords } from '../../auth-service/src/accounts/passwords/passwords.ts'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { choosePorts } from '../../examples/demo/src/settings.ts'
import { readPage } from '../docs/pages.ts'
import { WITH_DEMO } from '../docs/shell-blocks.ts'
import { childEnv } from '../support/child-env.ts'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { createVisitor } from '../support/visitor.ts'

const MAIN = resolve(import.meta.dirname, '../../examples/demo/dist/main.js')
const TERMINAL = resolve(import.meta.dirname, '../../examples/guest-book/dist/terminal.js')
const READY = /The demo family is ready[\s\S]*Ctrl-C/

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

function startDemo(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env: { ...childEnv(), ...env }, stdio: 'pipe' })
  children.push(child)
  let output = ''
  const ended = once(child, 'close').then(([code]) => ({ code, output }))
  const ready = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data
        if (READY.test(output)) resolve(output)
      })
    }
    ended.then(() => reject(new Error(output)))
  })
  ready.catch(() => {})
  return { child, ready, ended }
}

const urlsIn = (output: string) => ({
  notes: output.match(/Notes +(\S+)\/notes\n/)?.[1] ?? '',
  teamBoard: output.match(/Team board +(\S+)\/\n/)?.[1] ?? '',
  guestBook: output.match(/Guest book +(\S+)\/write /)?.[1] ?? '',
  supplier: output.match(/Supplier +(\S+)\/ /)?.[1] ?? '',
  auth: output.match(/Your account +(\S+)\/account\n/)?.[1] ?? '',
})

describe('The demo', () => {
  let folder: string
  let demo: ReturnType<typeof startDemo>
  let urls: ReturnType<typeof urlsIn>
  let output: string
  beforeAll(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'latchkey-demo-')), 'data')
    demo = startDemo({ DEMO_PORTS: '0,0,0', DEMO_FOLDER: folder })
    output = await demo.ready
    urls = urlsIn(output)
  })
  afterAll(() => rmSync(resolve(folder, '..'), { recursive: true }))

  it('prints the links and accounts', () => {
    expect(urls.notes).toMatch(/^http:\/\/app1\.demo\.localhost:\d+$/)
    expect(urls.teamBoard).toMatch(/^http:\/\/app2\.demo\.localhost:\d+$/)
    expect(urls.guestBook).toMatch(/^http:\/\/partner\.localhost:\d+$/)
    expect(urls.supplier).toMatch(/^http:\/\/supplier\.localhost:\d+$/)
    expect(urls.auth).toMatch(/^http:\/\/auth\.demo\.localhost:\d+$/)
    for (const { email, password } of PEOPLE) expect(output).toMatch(new RegExp(`${email} +${password}`))
    expect(output).toContain(`${urls.auth}/mailbox\n`)
  })

  it('signs a terminal in with a code, by the device flow', async () => {
    const terminal = spawn(process.execPath, [TERMINAL], {
      env: { ...childEnv(), DEMO_FOLDER: folder },
      stdio: 'pipe',
    })
    children.push(terminal)
    let said = ''
    for (const stream of [terminal.stdout, terminal.stderr]) stream.on('data', (data) => (said += data))
    const ended = once(terminal, 'close')
    const link = await eventually(() => {
      const found = /Or open (\S+)/.exec(said)?.[1]
      if (found === undefined) throw new Error(said)
      return found
    })
    const visitor = createVisitor()
    const [{ email, password }] = PEOPLE
    const asking = await visitor.submit(await visitor.visit(link), '/login', { email, password })
    expect(asking.html).toContain('Guest book')
    const done = await visitor.submit(asking, '/device/allow')
    expect(done.html).toContain('Your device can sign in now.')
    expect([(await ended)[0], said]).toEqual([0, expect.stringContaining(`(${email}, `)])
  })

  it('names its apps on the login page, and links to them from the account page', async () => {
    const visitor = createVisitor()
    const login = await visitor.visit(`${urls.notes}/notes`)
    expect(login.html).toContain('Sign in to continue to Notes')
    const [{ email, password }] = PEOPLE
    await visitor.submit(login, '/login', { email, password })
    const { html } = await visitor.visit(`${urls.auth}/account`)
    for (const address of [`${urls.notes}/notes`, `${urls.teamBoard}/`, `${urls.guestBook}/write`]) {
      expect(html).toContain(`class="tile" href="${address}"`)
    }
    // The supplier's sign-in may begin here.
    expect(html).toMatch(/class="tile" href="\/saml\/start\/\d+"/)
  })

  it('signs both users in, and the superuser into the staff page', async () => {
    const titles = []
    for (const { email, password } of PEOPLE) {
      const visitor = createVisitor()
      const login = await visitor.visit(`${urls.teamBoard}/staff`)
      const landed = await visitor.submit(login, '/login', { email, password })
      titles.push([landed.status, landed.title])
      const notes = await visitor.visit(`${urls.notes}/notes`)
      expect([notes.status, notes.url]).toEqual([200, `${urls.notes}/notes`])
    }
    expect(titles).toEqual([
      [403, 'No permission · Team board'],
      [200, 'Staff · Team board'],
    ])
  })

  it('opens the guest book on its other domain to a user of the family, without a form', async () => {
    const visitor = createVisitor()
    const [{ email, password }] = PEOPLE
    await visitor.submit(await visitor.visit(`${urls.notes}/notes`), '/login', { email, password })
    const landed = await visitor.visit(`${urls.guestBook}/write`)
    expect([landed.status, landed.url]).toEqual([200, `${urls.guestBook}/write`])
    expect(landed.html).toContain('Hello, Ada Lovelace')
  })

  it('answers the lines for curl in the README, as they are pasted', async () => {
    const [block = ''] = WITH_DEMO.exec(readPage('README.md')) ?? []
    const pasted = block
      .replaceAll('http://auth.demo.localhost:4000', urls.auth)
      .replaceAll('http://app1.demo.localhost:4001', urls.notes)
      .replaceAll('http://app2.demo.localhost:4002', urls.teamBoard)
    // Scopes are known once the board has published its permissions.
    const stdout = await eventually(async () => {
      const { stdout } = await promisify(execFile)('sh', [
        '-c',
        pasted.replaceAll(/^curl /gm, 'echo; curl -s '),
        'sh',
      ])
      expect(stdout).toContain('"todo"')
      return stdout
    })
    const [cards, added, refused] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(Object.keys(cards)).toEqual(['todo', 'doing', 'done'])
    expect(added).toEqual({ title: 'From curl' })
    expect(refused).toMatchObject({ status: 401, error: 'invalid_token' })
    const { html } = await createVisitor().visit(`${urls.teamBoard}/`)
    expect(html).toContain('From curl')
  })

  it('shows the emails that it would send', async () => {
    const { status, text } = await send(`${urls.auth}/mailbox`, { headers: { accept: 'application/json' } })
    const subjects: string[] = JSON.parse(text).messages.map(({ subject }: { subject: string }) => subject)
    // Visitors without a browser's cookies are a new device each time, and the README's token is Ada's.
    expect([status, [...new Set(subjects)].sort()]).toEqual([
      200,
      [
        'A device has signed in with your account',
        'A new API token for your account',
        'New device signed in to your account',
      ],
    ])
  })

  it('keeps its data in the folder, one file per app, with a secret for this user only', () => {
    const tables = (name: string) => {
      const db = new Database(join(folder, name), { readonly: true })
      return db
        .prepare(
          "SELECT name FROM sqlite_master WHERE name IN ('users', 'notes', 'cards', 'entries', 'sign_ins')",
        )
        .pluck()
        .all()
    }
    expect([
      tables('auth.sqlite'),
      tables('app1.sqlite'),
      tables('app2.sqlite'),
      tables('partner.sqlite'),
      tables('supplier.sqlite'),
    ]).toEqual([['users'], ['notes'], ['cards'], ['entries'], ['sign_ins']])
    for (const secret of ['secret-key', 'supplier-key.pem'])
      expect(statSync(join(folder, secret)).mode & 0o777).toBe(0o600)
    expect(output).not.toContain(readFileSync(join(folder, 'secret-key'), 'utf8'))
  })

  it('stops all processes on Ctrl-C, and starts again with the same users and keys', async () => {
    const jwks = async (url: string) => (await send(`${url}/.well-known/jwks.json`)).text
    const before = await jwks(urls.auth)
    demo.child.kill('SIGINT')
    expect((await demo.ended).code).toBe(0)
    for (const url of Object.values(urls))
      await expect(send(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const terminal = promisify(execFile)(process.execPath, [TERMINAL], {
      env: { ...childEnv(), DEMO_FOLDER: folder },
    })
    await expect(terminal).rejects.toMatchObject({
      stderr: `${urls.auth} does not answer. Start the demo first: npm run demo\n`,
    })

    const again = startDemo({ DEMO_PORTS: '0,0,0', DEMO_FOLDER: folder })
    const { auth, notes } = urlsIn(await again.ready)
    expect(await jwks(auth)).toBe(before)
    const visitor = createVisitor()
    const { email, password } = PEOPLE[0]
    const landed = await visitor.submit(await visitor.visit(`${notes}/notes`), '/login', { email, password })
    expect(landed.url).toBe(`${notes}/notes`)
    again.child.kill('SIGTERM')
    expect((await again.ended).code).toBe(0)
  })

  it('has the hash of each password that it prints', async () => {
    const passwords = createPasswords()
    const matches = await Promise.all(PEOPLE.map(({ password, hash }) => passwords.check(password, hash)))
    await passwords.close()
    expect(matches).toEqual([true, true])
  })
})

describe('The ports of the demo', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  it.each(['0,0,0', '0,0,0,0', '0,0,0,0,0'])('are five different free ones for zeros: %s', async (given) => {
    const ports = Object.values(await choosePorts(given))
    expect(new Set(ports).size).toBe(5)
    expect(Math.min(...ports)).toBeGreaterThan(0)
  })

  it('are five numbers, of which the last two may be missing', async () => {
    for (const wrong of ['4000', '4000,4001', 'a,b,c', '1,2,3,4,5,6', '']) {
      await expect(choosePorts(wrong)).rejects.toThrow(`DEMO_PORTS is "${wrong}". Set it to five numbers`)
    }
    await expect(choosePorts('70000,0,0')).rejects.toThrow(/70000/)
  })

  it('are reported in one line when one is taken, and nothing starts', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const folder = join(tmpdir(), `latchkey-demo-none-${process.pid}`)
    const { code, output } = await startDemo({ DEMO_PORTS: `0,${port},0`, DEMO_FOLDER: folder }).ended
    expect(code).toBe(1)
    expect(output.split('\n').filter(Boolean).slice(1)).toEqual([
      `Port ${port} is in use. Stop the program that uses it, or choose other ports: DEMO_PORTS=4100,4101,4102,4103,4104 npm run demo`,
    ])
    expect(existsSync(folder)).toBe(false)
  })
})
