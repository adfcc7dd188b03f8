// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the changes are of template strings in the apps.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  lockedVersion,
  PACKAGES,
  type PackageName,
  pack,
  writeLockedManifest,
} from '../../scripts/packing.ts'
import { deadPort } from '../support/dead-port.ts'
import { findNode22 } from '../support/node-22.ts'
import { type Started, startProgram } from '../support/temp-app.ts'
import { createVisitor } from '../support/visitor.ts'

// npm installs for real, twice.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

/** What someone does, in order. The page with the quick start names each of them. */
interface Step {
  readonly what: string
  readonly kind: 'command' | 'edit'
  /** Lines that someone writes or changes. */
  readonly lines: number
}

interface AppUnderTest {
  readonly name: string
  readonly node: string
  /** What the app had before. */
  readonly packages: readonly string[]
  readonly entry: string
  readonly page: string
  readonly database: string
  readonly table: string
  /** Changes of files: each replaces a piece of text. */
  readonly edits: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>
}

const HONO: AppUnderTest = {
  name: 'hono-notes',
  node: findNode22(),
  packages: ['hono', '@hono/node-server', 'drizzle-orm', 'better-sqlite3', 'drizzle-kit'],
  entry: 'app.ts',
  page: '/notes',
  database: 'notes.sqlite',
  table: 'notes',
  edits: {
    'schema.ts': [
      [
        "import { sql } from 'drizzle-orm'",
        "import { users } from '@latchkey/jwt-middleware/sqlite'\nimport { sql } from 'drizzle-orm'",
      ],
      [
        "  text: text('text')",
        "  userId: integer('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),\n  text: text('text')",
      ],
    ],
    'drizzle.config.ts': [
      [
        'import { defineConfig }',
        "import { latchkeyTables } from '@latchkey/jwt-middleware/sqlite'\nimport { defineConfig }",
      ],
      ["  dialect: 'sqlite',", "  dialect: 'sqlite',\n  tablesFilter: [...latchkeyTables],"],
    ],
    'app.ts': [
      [
        "import { auth } from '@latchkey/jwt-middleware/hono'",
        "import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'",
      ],
      ["app.get('/notes', (c)", "app.get('/notes', loginRequired(), (c)"],
      ['<h1>All notes</h1>', '<h1>All notes</h1><p>Signed in as ${c.var.user.email}</p>'],
      ["app.post('/notes', async (c)", "app.post('/notes', loginRequired(), async (c)"],
      ['values({ text:', 'values({ userId: c.var.user.id, text:'],
    ],
  },
}

const EXPRESS: AppUnderTest = {
  name: 'express-board',
  node: process.execPath,
  packages: ['express', 'drizzle-orm', 'better-sqlite3', 'drizzle-kit'],
  entry: 'app.js',
  page: '/board',
  database: 'board.sqlite',
  table: 'posts',
  edits: {
    'schema.js': [
      [
        "import { sql } from 'drizzle-orm'",
        "import { users } from '@latchkey/jwt-middleware/sqlite'\nimport { sql } from 'drizzle-orm'",
      ],
      [
        "  text: text('text')",
        "  userId: integer('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),\n  text: text('text')",
      ],
    ],
    'drizzle.config.js': [
      [
        'import { defineConfig }',
        "import { latchkeyTables } from '@latchkey/jwt-middleware/sqlite'\nimport { defineConfig }",
      ],
      ["  dialect: 'sqlite',", "  dialect: 'sqlite',\n  tablesFilter: [...latchkeyTables],"],
    ],
    'app.js': [
      [
        "import { auth } from '@latchkey/jwt-middleware/express'",
        "import { auth, loginRequired } from '@latchkey/jwt-middleware/express'",
      ],
      ["app.get('/board', (_req", "app.get('/board', loginRequired(), (req"],
      ['<h1>All posts</h1>', '<h1>All posts</h1><p>Signed in as ${escaped(req.user.email)}</p>'],
      ["app.post('/board', (req", "app.post('/board', loginRequired(), (req"],
      ['values({ text:', 'values({ userId: req.user.id, text:'],
    ],
  },
}

/** The tarballs, as `npm run pack` makes them. */
let tarballs: readonly string[] = []
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-first-hour-'))
  tarballs = (Object.keys(PACKAGES) as PackageName[]).map((name) => pack(name, folder).tarball)
  return () => rmSync(folder, { recursive: true, force: true })
})

/** A folder with the app as it was before, the programs in it, and what was done there. */
function openApp(app: AppUnderTest) {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${app.name}-`))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(import.meta.dirname, app.name), folder, { recursive: true })
  const manifest = readJson<Record<string, unknown>>(join(folder, 'package.json'))
  const dependencies = Object.fromEntries(app.packages.map((name) => [name, lockedVersion(name)]))
  writeLockedManifest(folder, { ...manifest, dependencies })

  const steps: Step[] = []
  const env = { ...surroundings(), PATH: [dirname(app.node), process.env.PATH].join(delimiter) }
  return {
    app,
    folder,
    steps,
    /** Types a command, and returns what it prints. */
    type(command: string): string {
      steps.push({ what: command, kind: 'command', lines: 1 })
      return execFileSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' })
    },
    /** Types a command that goes on running. */
    start(command: string, settings: Record<string, string> = {}): Started {
      steps.push({ what: command, kind: 'command', lines: 1 })
      const [program = '', ...args] = command.replace(/^npx (\S+)/, 'node node_modules/.bin/$1').split(' ')
      return startProgram(program === 'node' ? app.node : program, folder, args, { ...env, ...settings })
    },
    /** Changes the files as the documentation says. */
    edit(): void {
      for (const [file, changes] of Object.entries(app.edits)) {
        const path = join(folder, file)
        let text = readFileSync(path, 'utf8')
        for (const [from, to] of changes) {
          expect(text, `${file} has the text to change`).toContain(from)
          text = text.replace(from, () => to)
        }
        writeFileSync(path, text)
        steps.push({ what: file, kind: 'edit', lines: changes.length })
      }
    },
  }
}

/** The environment without this repository's npm, and without any of our settings. */
const surroundings = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_|^(LOGIN_URL|OWN_URL|PORT|HOST|DATABASE_URL|SECRET_KEY)$|^(AUTH|COOKIE)_/.test(name),
    ),
  ) as Record<string, string>

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T

/** The rows of the app's table, each with the email of its local user. */
function rowsOf({ app, folder }: ReturnType<typeof openApp>): unknown[] {
  const database = new Database(join(folder, app.database), { readonly: true })
  const foreign = database.pragma(`foreign_key_list(${app.table})`) as { table: string; on_delete: string }[]
  expect(foreign).toMatchObject([{ table: 'latchkey_users', on_delete: 'CASCADE' }])
  const rows = database
    .prepare(`SELECT text, email FROM ${app.table} JOIN latchkey_users ON latchkey_users.id = user_id`)
    .all()
  database.close()
  return rows
}

describe('The first hour', () => {
  it('leads two apps without sign-in to one sign-in, and to rows that belong to local users', async () => {
    const begun = performance.now()
    const [authPort, notesPort, boardPort] = [await deadPort(), await deadPort(), await deadPort()]
    const notesUrl = `http://app1.team.localhost:${notesPort}`
    const boardUrl = `http://app2.team.localhost:${boardPort}`
    const notes = openApp(HONO)
    const board = openApp(EXPRESS)

    notes.type(`npm install --prefer-offline --no-audit --no-fund ${tarballs.join(' ')}`)
    const dev = notes.start(`npx latchkey dev --app ${notesUrl} --app ${boardUrl} --port ${authPort}`)
    const [, email = '', password = ''] = await dev.until(/Superuser +(\S+) +(\S+)/)
    const [, loginUrl = ''] = await dev.until(/LOGIN_URL=(\S+)/)
    await dev.until(/Press Ctrl-C/)
    expect(notes.type(`npx latchkey add --yes --own-url ${notesUrl}`)).toContain('Wrote app.ts and .env.')
    notes.edit()
    notes.type('npx drizzle-kit generate')
    const notesApp = notes.start('node --env-file-if-exists=.env app.ts', { PORT: String(notesPort) })

    board.type(`npm install --prefer-offline --no-audit --no-fund ${tarballs.join(' ')}`)
    expect(board.type(`npx latchkey add --yes --own-url ${boardUrl} --login-url ${loginUrl}`)).toContain(
      'Wrote app.js and .env.',
    )
    board.edit()
    board.type('npx drizzle-kit push')
    const boardApp = board.start('node --env-file-if-exists=.env app.js', { PORT: String(boardPort) })

    await notesApp.until(/Listening/)
    await boardApp.until(/Listening/)
    const visitor = createVisitor()
    const login = await visitor.visit(`${notesUrl}/notes`)
    const all = await visitor.submit(login, '/login', { email, password })
    expect(all.html).toContain(`Signed in as ${email}`)
    await visitor.submit(all, '/notes', { text: 'milk' })
    const posts = await visitor.visit(`${boardUrl}/board`)
    expect(posts.html).toContain(`Signed in as ${email}`)
    await visitor.submit(posts, '/board', { text: 'hello' })
    expect([rowsOf(notes), rowsOf(board)]).toEqual([[{ text: 'milk', email }], [{ text: 'hello', email }]])

    // The auth service stops: users stay signed in.
    dev.child.kill('SIGINT')
    await dev.ended
    expect((await visitor.visit(`${notesUrl}/notes`)).html).toContain(`Signed in as ${email}`)
    expect((await visitor.visit(`${boardUrl}/board`)).html).toContain('hello')

    for (const { app, steps } of [notes, board]) {
      expect(steps.length, JSON.stringify(steps)).toBeLessThanOrEqual(12)
      const lines = steps.reduce((sum, step) => sum + (step.kind === 'edit' ? step.lines : 0), 0)
      const edits = steps.filter(({ kind }) => kind === 'edit').length
      console.log(`${app.name}: ${steps.length - edits} commands, ${edits} files edited, ${lines} lines`)
    }
    console.log(`Both took ${Math.round((performance.now() - begun) / 1000)} s.`)
  })
})
