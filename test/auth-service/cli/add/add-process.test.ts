import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { deadPort } from '../../../support/dead-port.ts'
import { devAndAdd } from '../../../support/dev-and-add.ts'
import { startLatchkey, startNode, startProgram, tempApp } from '../../../support/temp-app.ts'
import { openTerminal } from '../../../support/typed-terminal.ts'
import { createVisitor } from '../../../support/visitor.ts'

const HONO = `import { serve } from '@hono/node-server'
import Database from 'better-sqlite3'
import { Hono } from 'hono'

const db = new Database('app.sqlite')
const app = new Hono()
app.get('/', (c) => c.text('Hello ' + (c.get('user')?.email ?? 'nobody')))

serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' }, () => console.log('listening'))
`
const EXPRESS = `const express = require('express');

const app = express();
app.use(express.json());
app.get('/', (req, res) => void res.type('text').send('Hello ' + (req.user?.email ?? 'nobody')));

app.listen(process.env.PORT, '127.0.0.1', () => console.log('listening'));
`

const FASTIFY = `const app = require('fastify')()

app.get('/', async ({ user }, reply) => reply.type('text/plain').send('Hello ' + (user?.email ?? 'nobody')))

app.listen({ port: process.env.PORT, host: '127.0.0.1' }).then(() => console.log('listening'))
`
const KOA = `import Koa from 'koa'

const app = new Koa()
app.use((ctx) => {
  ctx.body = 'Hello ' + (ctx.state.user?.email ?? 'nobody')
})

app.listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))
`

const NODE = `import { createServer } from 'node:http'

createServer((req, res) => {
  res.end('Hello nobody')
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))
`

const BUN = `const server = Bun.serve({
  port: process.env.PORT,
  hostname: '127.0.0.1',
  fetch(request) {
    return new Response('Hello nobody')
  },
})
console.log('listening on ' + server.url)
`

const H3 = `import { H3, serve } from 'h3'

const app = new H3()
app.get('/', ({ context }) => 'Hello ' + (context.user?.email ?? 'nobody'))

serve(app, { port: process.env.PORT, hostname: '127.0.0.1' })
`

const ELYSIA = `import { Elysia } from 'elysia'

const app = new Elysia()
  .get('/', ({ user }) => 'Hello ' + (user?.email ?? 'nobody'))
  .listen({ port: process.env.PORT, hostname: '127.0.0.1' })
console.log('listening on ' + app.server?.url)
`

const DENO = `const port = Number(Deno.env.get('PORT'))
Deno.serve({ port, hostname: '127.0.0.1' }, (request) => new Response('Hello nobody'))
`

const root = resolve(import.meta.dirname, '../../../..')

// Each step is a process of its own.
vi.setConfig({ testTimeout: 240_000 })

/** The two commands in a folder with this app, and then a visitor who signs in. Returns the app's folder and code. */
async function adopt(
  file: string,
  code: string,
  use = (code: string) => code,
  start = `node --env-file=.env ${file}`,
) {
  const scripts = { start }
  const folder = tempApp({ 'package.json': JSON.stringify({ scripts }), [file]: code })
  const { own, appPort, loginUrl, user, said } = await devAndAdd(folder, file, '.env')
  expect(said).toMatch(/npm install @latchkey\/jwt-middleware/)
  writeFileSync(join(folder, file), use(readFileSync(join(folder, file), 'utf8')))

  const [program = '', ...args] = start.split(' ')
  const app =
    program === 'node'
      ? startNode(folder, args, { PORT: appPort })
      : startProgram(resolve(root, 'node_modules/.bin', program), folder, args, { PORT: appPort })
  await app.until(/listening/i)
  const visitor = createVisitor()
  expect((await visitor.visit(own)).html).toBe('Hello nobody')
  const login = await visitor.visit(loginUrl)
  expect((await visitor.submit(login, '/login', user)).html).toBe(`Hello ${user.email}`)
  return { folder, code: readFileSync(join(folder, file), 'utf8') }
}

it('two commands lead from an Express app in CommonJS to a signed-in user', async () => {
  expect((await adopt('app.cjs', EXPRESS)).code).toContain('app.use(auth());')
})

it.each([
  ['a Fastify app in CommonJS', 'app.cjs', FASTIFY, 'app.register(auth())'],
  ['a Koa app', 'app.mjs', KOA, 'app.use(auth())'],
  ['an app on H3', 'app.mjs', H3, 'app.use(latchkey)'],
])('two commands lead from %s to a signed-in user', async (_, file, code, line) => {
  expect((await adopt(file, code)).code).toContain(line)
})

it('two commands lead from a server on node:http to a signed-in user, and to a green doctor', async () => {
  const greet = (code: string) => code.replace("'Hello nobody'", "'Hello ' + (user.email ?? 'nobody')")
  const { folder, code } = await adopt('app.mjs', NODE, greet)
  expect(code).toContain('createServer(async (req, res) => {\n  const user = await web(req, res)\n')
  const again = startLatchkey(folder, ['add', '--yes'])
  expect([await again.ended, again.output()]).toEqual([0, expect.stringContaining('There is nothing to')])
  expect(again.output()).toMatch(/The doctor on the running app:\n[\s\S]*ok {4}http:\/\/app1/)
  expect(again.output()).not.toContain('FAIL')
})

it.each([
  ['Bun', 'app.ts', BUN, 'bun app.ts'],
  ['Deno', 'app.ts', DENO, 'deno run --env-file=.env --allow-net --allow-env --allow-read app.ts'],
])('two commands lead from a server on %s to a signed-in user', async (_, file, code, start) => {
  const greet = (code: string) =>
    code
      .replace('(request)', '(request, user)')
      .replace("'Hello nobody'", "'Hello ' + (user.email ?? 'nobody')")
  expect((await adopt(file, code, greet, start)).code).toContain('web.handle(')
})

it('two commands lead from an app on Elysia to a signed-in user', async () => {
  const { code } = await adopt('app.mjs', ELYSIA, undefined, 'bun app.mjs')
  expect(code).toContain('fetch: web.handle((request) => app.handle(request)),')
})

it('two commands lead from a Hono app to a signed-in user in its database; the next run asks the doctor', async () => {
  const { folder, code } = await adopt('app.mjs', HONO)
  expect(code).toContain('app.use(auth({ users: sqliteUsers(db) }))')
  const again = startLatchkey(folder, ['add', '--yes'])
  expect([await again.ended, again.output()]).toEqual([0, expect.stringContaining('There is nothing to')])
  expect(readFileSync(join(folder, 'app.mjs'), 'utf8')).toBe(code)
  expect(again.output()).toMatch(/The doctor on the running app:\n[\s\S]*ok {4}http:\/\/app1/)
  expect(again.output()).not.toContain('FAIL')
})

const CLI = resolve(import.meta.dirname, '../../../../auth-service/dist/cli.js')

/** The command at a terminal, in a folder of an app and an auth service; it has written, and waits. */
async function addAtTerminal() {
  const scripts = { start: 'node --env-file=.env app.mjs' }
  const folder = tempApp({ 'package.json': JSON.stringify({ scripts }), 'app.mjs': HONO })
  const [port, appPort] = [String(await deadPort()), String(await deadPort())]
  const own = `http://app1.team.localhost:${appPort}`
  await startLatchkey(folder, ['dev', '--app', own, '--port', port]).until(/Press Ctrl-C/)
  const add = openTerminal(`exec "${process.execPath}" "${CLI}" add`, folder)
  await add.until(/\(y\/N\)/)
  add.type('y\r')
  await add.until(/Wrote app\.mjs and \.env\.[\s\S]*Start your app: npm start\nWaiting/)
  const start = () => startNode(folder, ['--env-file=.env', 'app.mjs'], { PORT: appPort })
  return { folder, own, add, start }
}

it('at a terminal, waits until the app is started, and ends with a green doctor', async () => {
  const { folder, add, start } = await addAtTerminal()
  // Longer than programs need to restart by themselves.
  await setTimeout(6_000)
  expect(add.output()).not.toContain('doctor')
  await start().until(/listening/)
  expect(await add.ended).toBe(0)
  expect(add.output()).toMatch(/The doctor on the running app:\n[\s\S]*ok {4}http:\/\/app1/)
  expect(add.output()).not.toContain('FAIL')
  expect(readFileSync(join(folder, 'app.mjs'), 'utf8')).toContain('sqliteUsers(db)')
})

it('at a terminal, Ctrl-C ends the wait, and what is written stays', async () => {
  const { folder, own, add } = await addAtTerminal()
  expect(await add.interrupt()).toBe(0)
  expect(add.output()).toContain(
    `Once the app runs, let the doctor sign in to a page that you guarded: npx latchkey doctor ${own}/`,
  )
  expect(readFileSync(join(folder, '.env'), 'utf8')).toContain(`OWN_URL=${own}\n`)
})

it('at a terminal, says that a running app has to be restarted, and goes on once it was', async () => {
  const scripts = { start: 'node --env-file-if-exists=.env app.mjs' }
  const folder = tempApp({ 'package.json': JSON.stringify({ scripts }), 'app.mjs': HONO })
  const [port, appPort] = [String(await deadPort()), String(await deadPort())]
  const own = `http://app1.team.localhost:${appPort}`
  await startLatchkey(folder, ['dev', '--app', own, '--port', port]).until(/Press Ctrl-C/)
  const start = () => startNode(folder, ['--env-file-if-exists=.env', 'app.mjs'], { PORT: appPort })
  const before = start()
  await before.until(/listening/)
  const add = openTerminal(`exec "${process.execPath}" "${CLI}" add`, folder)
  await add.until(/\(y\/N\)/)
  add.type('y\r')
  await add.until(/Restart your app: npm start\nWaiting/)
  before.child.kill('SIGKILL')
  await before.ended
  start()
  expect(await add.ended).toBe(0)
  expect(add.output()).toMatch(/The doctor on the running app:\n[\s\S]*ok {4}http:\/\/app1/)
})

it('writes nothing with --print, and nothing without a terminal', async () => {
  const folder = tempApp({ 'package.json': '{}', 'app.mjs': HONO })
  const printed = startLatchkey(folder, ['add', '--print', '--own-url', 'http://app1.team.localhost:3000'])
  const silent = startLatchkey(folder, ['add'])
  expect([await printed.ended, printed.output()]).toEqual([
    0,
    expect.stringContaining('+OWN_URL=http://app1'),
  ])
  expect([await silent.ended, silent.output()]).toEqual([
    1,
    expect.stringMatching(/not a terminal\. Pass --yes/),
  ])
  expect(readFileSync(join(folder, 'app.mjs'), 'utf8')).toBe(HONO)
  expect(existsSync(join(folder, '.env'))).toBe(false)
})
