import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { deadPort } from '../../../support/dead-port.ts'
import { startLatchkey, startNode, tempApp } from '../../../support/temp-app.ts'
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

it.each([
  ['Hono, as a module, with its database', 'app.mjs', HONO, 'sqliteUsers(db)'],
  ['Express, in CommonJS', 'app.cjs', EXPRESS, 'auth()'],
])('%s: two commands lead from an app to a signed-in user', async (_, file, code, line) => {
  const scripts = { start: `node --env-file=.env ${file}` }
  const folder = tempApp({ 'package.json': JSON.stringify({ scripts }), [file]: code })
  const [port, appPort] = [String(await deadPort()), String(await deadPort())]
  const own = `http://app1.team.localhost:${appPort}`
  const dev = startLatchkey(folder, ['dev', '--app', own, '--port', port])
  await dev.until(/Press Ctrl-C/)

  const printed = startLatchkey(folder, ['add', '--print'])
  expect([await printed.ended, printed.output()]).toEqual([0, expect.stringContaining(`+OWN_URL=${own}`)])
  const silent = startLatchkey(folder, ['add'])
  expect([await silent.ended, silent.output()]).toEqual([
    1,
    expect.stringMatching(/not a terminal\. Pass --yes/),
  ])
  expect(readFileSync(join(folder, file), 'utf8')).toBe(code)

  const written = startLatchkey(folder, ['add', '--yes'])
  expect([await written.ended, written.output()]).toEqual([
    0,
    expect.stringContaining(`Wrote ${file} and .env.`),
  ])
  expect(written.output()).toMatch(/npm install @latchkey\/jwt-middleware/)
  expect(readFileSync(join(folder, file), 'utf8')).toContain(line)

  const app = startNode(folder, ['--env-file=.env', file], { PORT: appPort })
  await app.until(/listening/)
  const [, email = '', password = ''] = /Superuser +(\S+) +(\S+)/.exec(dev.output()) ?? []
  const visitor = createVisitor()
  expect((await visitor.visit(own)).html).toBe('Hello nobody')
  const login = await visitor.visit(`http://auth.team.localhost:${port}/login?next=${own}/`)
  expect((await visitor.submit(login, '/login', { email, password })).html).toBe(`Hello ${email}`)

  // Again: nothing is written, and the doctor signs in to the running app.
  const again = startLatchkey(folder, ['add', '--yes'])
  expect([await again.ended, again.output()]).toEqual([0, expect.stringContaining('There is nothing to do')])
  expect(again.output()).toMatch(/The doctor on the running app:\n[\s\S]*ok {4}http:\/\/app1/)
  expect(again.output()).not.toContain('FAIL')
})
