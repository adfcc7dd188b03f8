import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { BrowserContext, Response } from 'playwright-core'
import { lockedVersion, writeLockedManifest } from '../../scripts/packing.ts'
import { findChromium, launchChromium } from '../../test/support/chromium.ts'
import { deadPort } from '../../test/support/dead-port.ts'
import {
  type AppName,
  COOKIE_CACHE,
  count,
  SIGN_IN_PAGE,
  START,
  STEPS,
  type Step,
  type WALKED,
} from './better-auth-steps.ts'

const BEFORE = new URL('../../test/first-hour/', import.meta.url)
const NAMES = new URL('localhost-names.ts', import.meta.url).href
const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery staple'

/** The row of the table with the time that a walk took. */
export const TIME = 'seconds until a user has signed in and written in both apps, typed by a program'
/** An app that does not answer. */
const DOWN = 'it is the one that is down'

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

/** What a walk through better-auth's documentation came to, without and with its cookie cache. */
export interface Walked {
  readonly version: string
  readonly plain: Down
  readonly cached: Down
}

/** Walks with the better-auth that npm has now, and prints the rows of the table in docs/first-hour.md. */
export async function measureFirstHour(): Promise<void> {
  console.log('\nThe first hour with better-auth, as its documentation says:')
  const walked = await walkBetterAuth({})
  console.log(`\n| | better-auth ${walked.version} | better-auth with its cookie cache |\n|---|---|---|`)
  for (const row of rowsOf(walked)) console.log(`| ${row.join(' | ')} |`)
}

/**
 * Walks better-auth's documentation from two apps without sign-in to one sign-in and rows of their own. Installs it from
 * npm into a temporary folder, in these versions or the current ones.
 * @throws Error if an app does not sign its user in, or has no row that refers to a user row of its own
 */
export async function walkBetterAuth(versions: Partial<typeof WALKED>): Promise<Walked> {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-first-hour-'))
  const walk = await openWalk(root, versions)
  const browser = await launchChromium(findChromium())
  try {
    let begun = performance.now()
    walk.take(STEPS)
    const plain = await walk.running(async (origins, stop) => {
      const context = await browser.newContext()
      await signInAt(context, origins.board + APPS.board.page, 'Sign up')
      for (const app of ['board', 'notes'] as const) {
        await write(context, origins[app], app)
        checkRows(join(root, APPS[app].folder), app)
      }
      const again = await browser.newContext()
      await signInAt(again, origins.notes + APPS.notes.page, 'Sign in')
      const seconds = secondsSince(begun)
      return { seconds, ...(await whileDown(context, origins, stop)) }
    })
    begun = performance.now() - plain.seconds * 1000
    walk.take(COOKIE_CACHE)
    const cached = await walk.running(async (origins, stop) => {
      const context = await browser.newContext()
      await signInAt(context, origins.board + APPS.board.page, 'Sign in')
      const seconds = secondsSince(begun)
      return { seconds, ...(await whileDown(context, origins, stop)) }
    })
    return { version: walk.version(), plain, cached }
  } finally {
    await browser.close()
    rmSync(root, { recursive: true, force: true })
  }
}

const secondsSince = (begun: number): number => Math.round((performance.now() - begun) / 1000)

interface Down extends Awaited<ReturnType<typeof whileDown>> {
  /** From the first command to a user who is signed in and has written, installing included. */
  readonly seconds: number
}

/** The rows of the table in docs/first-hour.md, without Latchkey's. Seconds depend on the machine. */
export function rowsOf({
  plain,
  cached,
}: Walked): (readonly [what: string, ...figures: (string | number)[]])[] {
  const starts = Object.values(START)
  const some = count([...STEPS, ...starts])
  const all = count([...STEPS, ...COOKIE_CACHE, ...starts])
  return [
    ['commands', some.commands, all.commands],
    ['files that you write or change', some.files, all.files],
    ['settings and options that you decide on', some.settings, all.settings],
    ['lines that you write or change', some.lines, all.lines],
    ['of these, for a page to sign up and sign in', SIGN_IN_PAGE.lines, SIGN_IN_PAGE.lines],
    [TIME, plain.seconds, cached.seconds],
    ['first app, while what holds the sessions is down', plain.notes, cached.notes],
    ['second app at that time', plain.board, cached.board],
    ['second app, once its token or copy has ended (five minutes at most)', plain.later, cached.later],
  ]
}

/** Both apps in this folder as they were before, and what takes the steps there. */
async function openWalk(root: string, versions: Partial<typeof WALKED>) {
  const ports = { notes: await deadPort(), board: await deadPort() }
  const origins = {
    notes: `http://app1.team.localhost:${ports.notes}`,
    board: `http://app2.team.localhost:${ports.board}`,
  }
  // Without what "npm run" sets: npm would take it for settings of the apps.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$|^NODE_OPTIONS$/i.test(name))
  const env = {
    ...Object.fromEntries(own),
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  }
  const folderOf = (app: AppName) => join(root, APPS[app].folder)
  const shell = (app: AppName, text: string, input = '') =>
    execFileSync('sh', ['-c', text], { cwd: folderOf(app), env, encoding: 'utf8', input, stdio: 'pipe' })

  for (const app of ['notes', 'board'] as const) {
    const { folder, packages } = APPS[app]
    cpSync(new URL(folder, BEFORE), folderOf(app), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(folderOf(app), 'package.json'), 'utf8'))
    const dependencies = Object.fromEntries(packages.map((name) => [name, lockedVersion(name)]))
    writeLockedManifest(folderOf(app), { ...manifest, dependencies })
    shell(app, 'npm install --no-audit --no-fund')
    // Both have run, so their tables are there.
    if (app === 'board') shell(app, 'npx drizzle-kit push')
    await stop(await start(app))
  }

  async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async function start(app: AppName): Promise<ChildProcess> {
    // What "npm run dev" runs, since npm would not pass on the signal that ends it.
    const { scripts } = JSON.parse(readFileSync(join(folderOf(app), 'package.json'), 'utf8'))
    const [program = '', ...args] = scripts.dev.replace(' --watch', '').split(' ')
    const names = app === 'board' ? { NODE_OPTIONS: `--import=${NAMES}` } : {}
    const child = spawn(program, args, {
      cwd: folderOf(app),
      env: { ...env, ...names, PORT: String(ports[app]) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    await new Promise<void>((listening, fail) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text) => {
          output += text
          if (/Listening/.test(output)) listening()
        })
      }
      child.on('exit', () => fail(new Error(`${app} ended before it listened:\n${output}`)))
    })
    return child
  }

  let secret = ''
  return {
    take(steps: readonly Step[]): void {
      for (const { app, kind, text, files } of steps) {
        console.log(`${app}: ${kind === 'command' ? `$ ${text}` : files.join(', ')}`)
        const output =
          kind === 'command'
            ? shell(app, versioned(text, versions))
            : shell(
                app,
                'git apply -',
                text
                  .replaceAll(':3000', `:${ports.notes}`)
                  .replaceAll(':3001', `:${ports.board}`)
                  .replaceAll('{secret}', secret),
              )
        if (text.startsWith('openssl')) secret = output.trim()
      }
    },
    /** Starts both apps, lets `use` work with them, and stops them. `stop` stops the one that holds the sessions. */
    async running<T>(use: (at: typeof origins, stop: () => Promise<void>) => Promise<T>): Promise<T> {
      const children: ChildProcess[] = []
      try {
        for (const app of ['notes', 'board'] as const) children.push(await start(app))
        return await use(origins, () => stop(children[0] as ChildProcess))
      } finally {
        for (const child of children) await stop(child)
      }
    },
    version: (): string =>
      JSON.parse(readFileSync(join(folderOf('notes'), 'node_modules/better-auth/package.json'), 'utf8'))
        .version,
  }
}

/** A command with these versions of what it installs. */
const versioned = (text: string, { 'better-auth': library, auth }: Partial<typeof WALKED>): string =>
  text
    .replace(/(?<=^npm install )better-auth$/, library ? `better-auth@${library}` : '$&')
    .replace('auth@latest', auth ? `auth@${auth}` : '$&')

type Origins = Readonly<Record<AppName, string>>

/** What a signed-in user gets after the app that holds the sessions has stopped. */
async function whileDown(context: BrowserContext, origins: Origins, stop: () => Promise<void>) {
  await stop()
  const notes = await answerOf(context, origins.notes + APPS.notes.page)
  const board = await answerOf(context, origins.board + APPS.board.page)
  // The browser deletes it after five minutes.
  await context.clearCookies({ name: 'better-auth.session_data' })
  return { notes, board, later: await answerOf(context, origins.board + APPS.board.page) }
}

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
  const deletes = (keys as { on_delete: string }[]).map(({ on_delete }) => on_delete)
  if (JSON.stringify(rows) !== expected || deletes.join() !== 'CASCADE') {
    throw new Error(`${app} has other rows: ${JSON.stringify({ rows, keys })}`)
  }
}

/** What a signed-in user gets. */
async function answerOf(context: BrowserContext, url: string): Promise<string> {
  const page = await context.newPage()
  const answer = await page.goto(url).catch((): Response | null => null)
  const signedIn = answer !== null && (await page.getByText(`Signed in as ${EMAIL}`).isVisible())
  await page.close()
  if (answer === null) return DOWN
  return signedIn ? 'signed in' : String(answer.status())
}
