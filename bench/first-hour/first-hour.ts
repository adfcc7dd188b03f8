import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { BrowserContext, Response } from 'playwright-core'
import { lockedVersion, writeLockedManifest } from '../../scripts/packing.ts'
import { findChromium, openChromium } from '../../test/support/chromium.ts'
import { deadPort } from '../../test/support/dead-port.ts'
import {
  type AppName,
  COOKIE_CACHE,
  count,
  SIGN_IN_PAGE,
  START,
  STEPS,
  type Step,
} from './better-auth-steps.ts'

const BEFORE = new URL('../../test/first-hour/', import.meta.url)
const NAMES = new URL('localhost-names.ts', import.meta.url).href
const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery staple'

interface App {
  readonly folder: string
  readonly packages: readonly string[]
  readonly database: string
  readonly page: string
  readonly text: string
  /** Joins the app's rows with its own user rows. */
  readonly rows: string
}

const APPS: Readonly<Record<AppName, App>> = {
  notes: {
    folder: 'hono-notes',
    packages: ['hono', '@hono/node-server', 'drizzle-orm', 'better-sqlite3', 'drizzle-kit'],
    database: 'notes.sqlite',
    page: '/notes',
    text: 'milk',
    rows: 'SELECT text, email FROM notes JOIN user ON user.id = user_id',
  },
  board: {
    folder: 'express-board',
    packages: ['express', 'drizzle-orm', 'better-sqlite3', 'drizzle-kit'],
    database: 'board.sqlite',
    page: '/board',
    text: 'hello',
    rows: 'SELECT text, email FROM posts JOIN users ON users.id = user_id',
  },
}

/**
 * Walks better-auth's documentation from two apps without sign-in to one sign-in and rows of their own, and prints what
 * it took as rows of the table in docs/first-hour.md. Installs the current better-auth from npm into a temporary folder.
 */
export async function measureFirstHour(): Promise<void> {
  console.log('\nThe first hour with better-auth, as its documentation says:')
  const plain = await walk(STEPS)
  const cached = await walk([...STEPS, ...COOKIE_CACHE])
  console.log(`better-auth ${plain.version}\n`)
  const rows: [what: string, of: (walked: Walked) => string | number][] = [
    ['commands', ({ total }) => total.commands],
    ['files written or changed', ({ total }) => total.files],
    ['settings', ({ total }) => total.settings],
    ['lines written or changed', ({ total }) => total.lines],
    ['of these, for pages to sign up and sign in', () => SIGN_IN_PAGE.lines],
    ['time of the commands', ({ seconds }) => `${seconds} s`],
    ['first app, while what holds the session is down', ({ down }) => down.notes],
    ['second app, meanwhile', ({ down }) => down.board],
    ['second app, five minutes later', ({ later }) => later],
  ]
  console.log('| | better-auth | with its cookie cache |\n|---|---|---|')
  for (const [what, of] of rows) console.log(`| ${what} | ${of(plain)} | ${of(cached)} |`)
}

interface Walked {
  readonly version: string
  readonly total: ReturnType<typeof count>
  readonly seconds: number
  readonly down: Readonly<Record<AppName, string>>
  readonly later: string
}

async function walk(steps: readonly Step[]): Promise<Walked> {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-first-hour-'))
  const ports = { notes: await deadPort(), board: await deadPort() }
  const origins = {
    notes: `http://app1.team.localhost:${ports.notes}`,
    board: `http://app2.team.localhost:${ports.board}`,
  }
  const running: ChildProcess[] = []
  // Without what "npm run" sets: npm would take it for settings of the apps.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$|^NODE_OPTIONS$/i.test(name))
  const env = {
    ...Object.fromEntries(own),
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  }
  const folderOf = (app: AppName) => join(root, APPS[app].folder)

  for (const app of ['notes', 'board'] as const) {
    const { folder, packages } = APPS[app]
    cpSync(new URL(folder, BEFORE), folderOf(app), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(folderOf(app), 'package.json'), 'utf8'))
    const dependencies = Object.fromEntries(packages.map((name) => [name, lockedVersion(name)]))
    writeLockedManifest(folderOf(app), { ...manifest, dependencies })
    shell('npm install --no-audit --no-fund', app)
  }

  function shell(text: string, app: AppName, input = ''): string {
    return execFileSync('sh', ['-c', text], {
      cwd: folderOf(app),
      env,
      encoding: 'utf8',
      input,
      stdio: 'pipe',
    })
  }

  async function start(app: AppName): Promise<ChildProcess> {
    const [program = '', ...args] = START[app].text.split(' ')
    const names = app === 'board' ? { NODE_OPTIONS: `--import=${NAMES}` } : {}
    const child = spawn(program, args, {
      cwd: folderOf(app),
      env: { ...env, ...names, PORT: String(ports[app]) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.push(child)
    for await (const line of child.stdout) if (/Listening/.test(String(line))) return child
    throw new Error(`${app} ended before it listened.`)
  }

  const browser = await openChromium(findChromium())
  try {
    let secret = ''
    const begun = performance.now()
    for (const { app, kind, text } of steps) {
      console.log(`${app}: ${kind === 'command' ? `$ ${text}` : filesOf(text)}`)
      if (kind === 'edit') {
        const patch = text
          .replaceAll(':3000', `:${ports.notes}`)
          .replaceAll(':3001', `:${ports.board}`)
          .replaceAll('{secret}', secret)
        shell('git apply -', app, patch)
      } else {
        const output = shell(text, app)
        if (text.startsWith('openssl')) secret = output.trim()
      }
    }
    const seconds = Math.round((performance.now() - begun) / 1000)
    const holder = await start('notes')
    await start('board')

    const context = await browser.newContext()
    await signInAt(context, origins.board + APPS.board.page, 'Sign up')
    for (const app of ['board', 'notes'] as const) await write(context, origins[app], app)
    for (const app of ['board', 'notes'] as const) checkRows(folderOf(app), app)
    const again = await browser.newContext()
    await signInAt(again, origins.notes + APPS.notes.page, 'Sign in')

    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const down = {
      notes: await answerOf(context, origins.notes + APPS.notes.page),
      board: await answerOf(context, origins.board + APPS.board.page),
    }
    await context.clearCookies({ name: 'better-auth.session_data' })
    const later = await answerOf(context, origins.board + APPS.board.page)
    const { version } = JSON.parse(
      readFileSync(join(folderOf('notes'), 'node_modules/better-auth/package.json'), 'utf8'),
    )
    return { version, total: count([...steps, START.notes, START.board]), seconds, down, later }
  } finally {
    await browser.close()
    for (const child of running) child.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true })
  }
}

const filesOf = (patch: string) =>
  [...patch.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file).join(', ')

/** Opens a guarded page, is sent to the page of the first app, fills it in, and returns. */
async function signInAt(context: BrowserContext, url: string, button: string): Promise<void> {
  const page = await context.newPage()
  await page.goto(url)
  await page.getByLabel('Email').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: button }).click()
  await page.waitForURL(url)
  await page.getByText(`Signed in as ${EMAIL}`).waitFor()
  await page.close()
}

async function write(context: BrowserContext, origin: string, app: AppName): Promise<void> {
  const page = await context.newPage()
  await page.goto(origin + APPS[app].page)
  await page.locator('[name=text]').fill(APPS[app].text)
  await page.getByRole('button').click()
  await page.getByRole('listitem').filter({ hasText: APPS[app].text }).waitFor()
  await page.close()
}

/** @throws Error if the app has no row with a foreign key to a user row of its own */
function checkRows(folder: string, app: AppName): void {
  const database = new Database(join(folder, APPS[app].database), { readonly: true })
  const rows = database.prepare(APPS[app].rows).all()
  const keys = database.pragma(`foreign_key_list(${app === 'notes' ? 'notes' : 'posts'})`)
  database.close()
  const expected = JSON.stringify([{ text: APPS[app].text, email: EMAIL }])
  if (JSON.stringify(rows) !== expected || (keys as unknown[]).length !== 1) {
    throw new Error(`${app} has other rows: ${JSON.stringify({ rows, keys })}`)
  }
}

/** What a signed-in user gets. */
async function answerOf(context: BrowserContext, url: string): Promise<string> {
  const page = await context.newPage()
  const answer = await page.goto(url).catch((): Response | null => null)
  const signedIn = answer !== null && (await page.getByText(`Signed in as ${EMAIL}`).isVisible())
  await page.close()
  if (answer === null) return 'does not answer'
  return signedIn ? 'signed in' : String(answer.status())
}
