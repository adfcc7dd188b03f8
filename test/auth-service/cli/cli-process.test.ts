import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import SQLite from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { childEnv } from '../../support/child-env.ts'
import { freshPostgres } from '../../support/database.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../support/tokens.ts'
import { SECRET_KEY } from '../support/services.ts'

// The build, which is installed as `latchkey`.
const CLI = resolve(import.meta.dirname, '../../../auth-service/dist/cli.js')

function start(databaseUrl: string, ...args: string[]) {
  const env = { ...childEnv(), AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: databaseUrl }
  return spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

const outcomeOf = (child: ReturnType<typeof start>) =>
  Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])

async function latchkey(databaseUrl: string, ...args: string[]) {
  const [out, err, [code]] = await outcomeOf(start(databaseUrl, ...args))
  return { code, out, err }
}

it('processes that rotate the keys at the same moment take turns, and lose no key', async () => {
  const url = await freshPostgres()
  const list = async () =>
    JSON.parse((await latchkey(url, 'keys', 'list', '--json')).out) as { state: string }[]
  expect((await list()).map(({ state }) => state).sort()).toEqual(['current', 'next'])
  expect(await latchkey(url, 'keys', 'rotate')).toMatchObject({ code: 1, out: '' })
  const turns = await Promise.all([1, 2, 3].map(() => latchkey(url, 'keys', 'rotate', '--force')))
  expect(turns.map(({ code, err }) => [code, err])).toEqual(Array(3).fill([0, '']))
  const states = (await list()).map(({ state }) => state).sort()
  expect(states).toEqual(['current', 'next', 'retiring', 'retiring', 'retiring'])
})

it('stops an import at Ctrl-C between two users, says how to continue, and continues', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const url = `file:${join(folder, 'auth.sqlite')}`
  const file = join(folder, 'people.json')
  const people = Array.from({ length: 10_000 }, (_, pk) => ({
    model: 'auth.user',
    pk,
    fields: { username: `user-${pk}`, email: `user-${pk}@example.com`, password: '!', is_superuser: false },
  }))
  await writeFile(file, JSON.stringify(people))
  await latchkey(url, 'migrate')
  const child = start(url, 'import-django', file)
  child.stderr.once('data', () => child.kill('SIGINT'))
  const [out, err, [code]] = await outcomeOf(child)
  expect([code, out]).toEqual([1, ''])
  expect(err).toMatch(
    /^\d+ of 10000 users\nStopped after importing some of the users\. Run the command again/,
  )
  const again = JSON.parse((await latchkey(url, 'import-django', file, '--json')).out)
  expect(again.already_here).toBeGreaterThanOrEqual(500)
  expect(again.already_here + again.imported.length).toBe(10_000)
  expect(again.imported.length).toBeGreaterThan(0)
})

it('copies a database in use as it was at one moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'auth.sqlite')
  expect(await latchkey(`file:${path}`, 'migrate')).toMatchObject({ code: 0, err: '' })
  const client = new SQLite(path)
  client.exec('CREATE TABLE filler (number integer, text text)')
  const insert = client.prepare('INSERT INTO filler VALUES (?, ?)')
  const ballast = 'x'.repeat(4000)
  client.transaction(() => {
    for (let number = 0; number < 10_000; number++) insert.run(number, ballast)
  })()
  let number = 10_000
  const writing = setInterval(() => insert.run(number++, ballast), 1)
  const copy = join(folder, 'copy.sqlite')
  const done = await latchkey(`file:${path}`, 'backup', copy)
  clearInterval(writing)
  client.close()
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining('and checked the copy') })
  const copied = new SQLite(copy, { readonly: true })
  const rows = copied.prepare('SELECT count(*) AS many, max(number) AS last FROM filler').get()
  copied.close()
  const { many, last } = rows as { many: number; last: number }
  expect(many).toBe(last + 1)
  expect(many).toBeGreaterThanOrEqual(10_000)
})
