import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import pg from 'pg'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { optionsIn } from '../../bench/first-hour/better-auth-steps.ts'
import { TIME } from '../../bench/first-hour/first-hour.ts'
import { packAll } from '../../scripts/packing.ts'
import { readPage } from '../docs/pages.ts'
import { freshPostgres } from '../support/database.ts'
import { deadPort } from '../support/dead-port.ts'
import { findNode } from '../support/other-nodes.ts'
import { quickFolder } from '../support/quick-folder.ts'
import { startRegistry } from '../support/registry.ts'
import { createVisitor } from '../support/visitor.ts'
import { BOTH, EVERY, EXPRESS, HONO, POSTGRES, type Step, tutorial } from './steps.ts'
import { installBefore, openWalk, type Ports, type Published, type Walk } from './walk.ts'

// npm installs for real.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

const root = mkdtempSync(join(quickFolder(1), 'latchkey-first-hour-'))
const installed = (name: string) => join(root, 'before', name)
let published: Published = { env: {}, latchkey: '' }
let postgresUrl = ''
beforeAll(async () => {
  const tarballs = packAll(root)
  const registry = await startRegistry(tarballs)
  published = { env: registry.env, latchkey: tarballs.latchkey }
  postgresUrl = await freshPostgres()
  await Promise.all(
    [
      { name: 'hono-notes' },
      { name: 'express-board' },
      { name: 'hono-notes-postgres', env: `DATABASE_URL=${postgresUrl}\nPORT=3000\n` },
    ].map((app) => installBefore(app, installed(app.name))),
  )
  return async () => {
    await registry.close()
    rmSync(root, { recursive: true, force: true })
  }
})

async function freePorts(): Promise<Ports> {
  const [first, second, auth] = [await deadPort(), await deadPort(), await deadPort()]
  return { '3000': first, '3001': second, '4000': auth }
}

/** "The board's table is made by `npx drizzle-kit push`. Then start each app once with `npm run dev`." */
const useBefore = async (walk: Walk, text: string | undefined) => {
  const isBoard = walk.has('app.js')
  const commands = [...(isBoard ? ['npx drizzle-kit push'] : []), 'npm run dev']
  const page = isBoard ? 'http://127.0.0.1:3001/board' : 'http://127.0.0.1:3000/notes'
  await walk.useBefore({ commands, page, text })
}

/** What the page says of the doctor: at first the page is public, and once it is guarded, nothing is left. */
function expectDoctor(walk: Walk, guarded: readonly string[]): void {
  const added = walk.terminal(/latchkey add/).output()
  const first = added.slice(added.indexOf('The doctor on the running app:\n'))
  expect(first).toMatch(
    /ok {4}http:\/\/app1\S+: The app recognises the signed-in user and renews the session itself\./,
  )
  expect(first.match(/^(warn|FAIL) .*/gm)).toEqual([
    expect.stringMatching(/^warn {2}http:\/\/app1.* is public, so the doctor can't check the redirect/),
  ])
  for (const command of guarded) {
    const report = walk.terminal(command).output()
    const urls = command.match(/http:\S+/g) ?? []
    expect(report.match(/redirects anonymous users to the login page/g)).toHaveLength(urls.length)
    expect(report.match(/recognises the signed-in user and renews the session/g)).toHaveLength(urls.length)
    expect(report.match(/After sign-out, the app rejected the cookies/g)).toHaveLength(urls.length)
    expect(report).not.toMatch(/^(warn|FAIL) /m)
  }
}

const doctorsIn = (steps: readonly Step[]) =>
  steps.flatMap(({ text }) => (text.startsWith('npx latchkey doctor ') ? [text] : []))

/** What the page tells a reader to sign in as. */
const superuserOf = (walk: Walk) => {
  const [, email = '', password = ''] =
    /Superuser +(\S+) +(\S+)/.exec(walk.terminal(/latchkey dev/).output()) ?? []
  return { email, password }
}

/** The rows of an app on SQLite, each with the email of its local user, if it has one. */
function rowsOf({ folder }: Walk, file: string, table: string): unknown[] {
  const database = new Database(join(folder, file), { readonly: true })
  const foreign = database.pragma(`foreign_key_list(${table})`)
  expect(foreign).toMatchObject([{ table: 'latchkey_users', on_delete: 'CASCADE' }])
  const rows = database
    .prepare(`SELECT text, email FROM ${table} LEFT JOIN latchkey_users ON latchkey_users.id = user_id`)
    .all()
  database.close()
  return rows
}

const filesOf = (steps: readonly Step[]) =>
  new Set(steps.flatMap((step) => (step.kind === 'edit' ? [step.file] : []))).size

const linesOf = (steps: readonly Step[]) =>
  steps.reduce((sum, step) => sum + (step.kind === 'edit' ? step.lines : 0), 0)

/** The settings of an app, in its `.env` and its code. */
const settingsIn = (text: string) =>
  text.match(/^(LOGIN_URL|OWN_URL)=|\busers: \w+Users\(|\btablesFilter:/gm) ?? []

describe('The tutorial', () => {
  it('takes at most 12 commands and edits for an app, all of which are typed here', () => {
    // Even if the steps for both counted for one.
    for (const steps of [HONO, [...EXPRESS, ...BOTH], POSTGRES]) expect(steps.length).toBeLessThanOrEqual(12)
    const typed = new Set([...HONO, ...EXPRESS, ...BOTH, ...POSTGRES].map(({ text }) => text))
    expect(EVERY.map(({ text }) => text).filter((text) => !typed.has(text))).toEqual([])
    expect(new Set(EVERY.map(({ text }) => text)).size).toBe(typed.size)
    expect(tutorial.match(/Answer `y`/g)).toHaveLength(2)
    expect(tutorial).toContain('replace\nthis command by the line that `npm run pack` prints')
    expect(tutorial).toContain(
      "The board's table is made by `npx drizzle-kit push`. Then start each app once with `npm run dev`",
    )
  })

  it.each([
    ['24', 'empty tables', process.execPath, []],
    ['22', 'a row in each', findNode('22'), ['old']],
  ])(
    'leads two apps that have run without sign-in to one sign-in and to rows of users, on Node %s, with %s',
    async (version, _tables, node, before) => {
      const ports = await freePorts()
      const notesUrl = `http://app1.team.localhost:${ports[3000]}/notes`
      const boardUrl = `http://app2.team.localhost:${ports[3001]}/board`
      const open = (name: string) =>
        openWalk(installed(name), join(root, version, name), node, ports, published)
      const notes = open('hono-notes')
      const board = open('express-board')
      for (const walk of [notes, board]) await useBefore(walk, before[0])
      const old = before.map((text) => ({ text, email: null }))

      const begun = performance.now()
      await notes.take(HONO)
      await board.take(EXPRESS)
      await notes.take(BOTH)
      expectDoctor(notes, doctorsIn([...HONO, ...BOTH]))

      const { email, password } = superuserOf(notes)
      const visitor = createVisitor()
      const all = await visitor.submit(await visitor.visit(notesUrl), '/login', { email, password })
      expect(all.html).toContain(`Signed in as ${email}`)
      await visitor.submit(all, '/notes', { text: 'milk' })
      const posts = await visitor.visit(boardUrl)
      expect(posts.html).toContain(`Signed in as ${email}`)
      await visitor.submit(posts, '/board', { text: 'hello' })
      expect(rowsOf(notes, 'notes.sqlite', 'notes')).toEqual([...old, { text: 'milk', email }])
      const seconds = Math.round((performance.now() - begun) / 1000)
      console.log(`Node ${version}: both apps took ${seconds} s.`)
      // What the page says of ten minutes; load alone can't make it so long.
      expect(seconds).toBeLessThan(600)
      expect(rowsOf(board, 'board.sqlite', 'posts')).toEqual([...old, { text: 'hello', email }])

      // The auth service stops: users stay signed in.
      const dev = notes.terminal(/latchkey dev/)
      await dev.interrupt()
      expect(dev.output()).toContain('The auth service has stopped.')
      expect((await visitor.visit(notesUrl)).html).toContain(`Signed in as ${email}`)
      expect((await visitor.visit(boardUrl)).html).toContain('hello')
      await visitor.drop(boardUrl, 'jwt.access')
      const refused = await visitor.visit(boardUrl)
      expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true])

      const texts = [notes, board].map((walk) =>
        ['.env', 'app.ts', 'app.js', 'drizzle.config.ts', 'drizzle.config.js']
          .map((file) => (walk.has(file) ? walk.read(file) : ''))
          .join('\n'),
      )
      const every = [...HONO, ...EXPRESS, ...BOTH]
      const options = every.flatMap(({ kind, text }) => (kind === 'command' ? optionsIn(text) : [])).length
      const settings = texts.flatMap(settingsIn).length
      const byHand = every.flatMap(({ kind, text }) => (kind === 'edit' ? settingsIn(text) : [])).length
      const page = readPage('docs/first-hour.md')
      const commands = every.filter(({ kind }) => kind === 'command').length
      for (const [what, figure] of [
        ['commands', commands],
        ['files that you write or change', filesOf(HONO) + filesOf(EXPRESS)],
        [
          'settings and options that you decide on',
          `${settings + options}, of which \`latchkey add\` writes ${settings - byHand}`,
        ],
        ['lines that you write or change', linesOf(HONO) + linesOf(EXPRESS)],
        [TIME, '\\d+'],
      ]) {
        expect(page).toMatch(new RegExp(`\\n\\| ${what} \\|[^\\n|]*\\|[^\\n|]*\\| ${figure} \\|\\n`))
      }
    },
  )

  it('leads an app on Postgres that has run, with a row, to a sign-in and to rows of users', async () => {
    const ports = await freePorts()
    const name = 'hono-notes-postgres'
    const notes = openWalk(installed(name), join(root, 'postgres', name), process.execPath, ports, published)
    await useBefore(notes, 'old')
    await notes.take(POSTGRES)
    expectDoctor(notes, doctorsIn(POSTGRES))
    const { email, password } = superuserOf(notes)
    const visitor = createVisitor()
    const login = await visitor.visit(`http://app1.team.localhost:${ports[3000]}/notes`)
    const all = await visitor.submit(login, '/login', { email, password })
    expect(all.html).toContain(`Signed in as ${email}`)
    await visitor.submit(all, '/notes', { text: 'milk' })

    const client = new pg.Client(postgresUrl)
    await client.connect()
    const joined =
      'SELECT text, email FROM notes LEFT JOIN latchkey_users ON latchkey_users.id = user_id ORDER BY notes.id'
    const { rows } = await client.query(joined)
    const { rows: foreign } = await client.query(
      "SELECT confrelid::regclass::text AS refers, confdeltype AS deletes FROM pg_constraint WHERE contype = 'f'",
    )
    await client.end()
    expect(rows).toEqual([
      { text: 'old', email: null },
      { text: 'milk', email },
    ])
    expect(foreign).toEqual([{ refers: 'latchkey_users', deletes: 'c' }])
  })
})
