import { describe, expect, it } from 'vitest'
import { firstAfter, MEMORY, planFor } from '../../support/added-app.ts'

const plan = (code: string, file = 'app.mjs') =>
  planFor({ [file]: code }, { scripts: { start: `node ${file}` } })
const edited = (code: string, file?: string) => firstAfter(plan(code, file))

describe('The listener of a server on node:http begins with the user', () => {
  it('in a module', () => {
    expect(
      edited(`import { createServer } from 'node:http'

// Answers everyone.
const server = createServer((req, res) => {
  res.end('hello')
})
server.listen(3000)
`),
    ).toBe(`import { createServer } from 'node:http'
import { auth } from '@latchkey/jwt-middleware/node'

${MEMORY}
const web = auth()

// Answers everyone.
const server = createServer(async (req, res) => {
  const user = await web(req, res)
  if (user === null) return
  res.end('hello')
})
server.listen(3000)
`)
  })

  it('in CommonJS, on one line, after dotenv has read the settings', () => {
    expect(
      edited(
        `const http = require("http");
require("dotenv").config();
http.createServer(function (request, response) { response.end("hello"); }).listen(3000);
`,
        'app.cjs',
      ),
    ).toBe(`const http = require("http");
const { auth } = require("@latchkey/jwt-middleware/node");
require("dotenv").config();

${MEMORY}
const web = auth();
http.createServer(async function (request, response) { const user = await web(request, response); if (user === null) return; response.end("hello"); }).listen(3000);
`)
  })

  it('where the listener is a function of the file, with a database, and names that are taken', () => {
    expect(
      edited(`import http from 'node:http'
import Database from 'better-sqlite3'

const db = new Database('app.sqlite')

async function listen(req, res) {
  const user = 'mine'
  res.end(user + web)
}
const web = 1
http.createServer({ keepAlive: true }, listen).listen(3000)
`),
    ).toBe(`import http from 'node:http'
import Database from 'better-sqlite3'
import { auth } from '@latchkey/jwt-middleware/node'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'

const db = new Database('app.sqlite')

const latchkey = auth({ users: sqliteUsers(db) })

async function listen(req, res) {
  const visitor = await latchkey(req, res)
  if (visitor === null) return
  const user = 'mine'
  res.end(user + web)
}
const web = 1
http.createServer({ keepAlive: true }, listen).listen(3000)
`)
  })

  it('once for two servers with the same listener', () => {
    const after = edited(`import http from 'node:http'
import https from 'node:https'
const listen = (req, res) => {
  res.end()
}
http.createServer(listen).listen(80)
https.createServer({}, listen).listen(443)
`)
    expect(after.match(/await web\(req, res\)/g)).toHaveLength(1)
    expect(after).toContain('const listen = async (req, res) => {')
  })

  it('in TypeScript, and says how to guard', () => {
    const planned = plan(
      `import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
createServer((req: IncomingMessage, res: ServerResponse) => {
  res.end()
}).listen(3000)
`,
      'app.ts',
    )
    expect(planned).toMatchObject({
      ok: true,
      value: {
        steps: expect.arrayContaining([expect.stringContaining('web.loginRequired((req, res, user) => …)')]),
      },
    })
  })
})

describe('What can’t be edited safely is named, with the lines to add:', () => {
  it.each([
    [
      'another file',
      "import { listen } from './listen.mjs'\ncreateServer(listen)",
      'is not a function in this file',
    ],
    ['an event', "createServer().on('request', (req, res) => {})", 'is not a function in this file'],
    ['taken apart', 'createServer(({ url }, res) => {})', 'does not name both'],
    ['no response', 'createServer((req) => {})', 'does not name both'],
    ['no braces', "createServer((req, res) => res.end('hi'))", 'has no braces'],
    [
      'two servers',
      'createServer((req, res) => {})\ncreateServer((req, res) => {})',
      'makes several servers',
    ],
  ])('%s', (_, code, reason) => {
    const planned = plan(`import { createServer } from 'node:http'\n${code}\n`)
    expect(planned).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
    expect(planned).toMatchObject({
      reason: expect.stringMatching(
        /auth\(\) from '@latchkey\/jwt-middleware\/node'.*docs\/frameworks\/node\.md/,
      ),
    })
  })

  it('a type that an async function can’t have', () => {
    const code =
      "import { createServer } from 'node:http'\ncreateServer((req: any, res: any): void => {\n})\n"
    expect(plan(code, 'app.ts')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('returns something else'),
    })
  })
})

it('A second run finds nothing to do', () => {
  const code =
    "import { createServer } from 'node:http'\ncreateServer((req, res) => {\n  res.end()\n}).listen(1)\n"
  const planned = plan(edited(code))
  expect(planned).toMatchObject({ ok: true, value: { edits: [] } })
})
