import { describe, expect, it } from 'vitest'
import { planChanges, showDiff } from '../../../../auth-service/src/cli/add/plan.ts'
import { tempApp } from '../../../support/temp-app.ts'

const NONE = { LOGIN_URL: undefined, OWN_URL: undefined }
const SETTINGS = {
  LOGIN_URL: 'http://auth.team.localhost:4000/login',
  OWN_URL: 'http://app1.team.localhost:3000',
}
const MANIFEST = JSON.stringify({
  scripts: { start: 'node app.mjs' },
  dependencies: { '@latchkey/jwt-middleware': '*', 'drizzle-orm': '*', hono: '*' },
})

/** The added lines of a file, each with the line before it. */
function added(files: Record<string, string>, given?: string): string[] {
  const folder = tempApp({ 'package.json': MANIFEST, ...files })
  const plan = planChanges(folder, given, NONE)
  if (!plan.ok) throw new Error(plan.reason)
  const { edits } = plan.value
  expect(edits.length).toBe(1)
  const before = edits[0]?.before?.split(/\r?\n/) ?? []
  return (
    edits[0]?.after
      .split(/\r?\n/)
      .flatMap((line, at, all) => (before.includes(line) ? [] : [`${all[at - 1]} <> ${line}`])) ?? []
  )
}

function refusal(files: Record<string, string>, given?: string): string {
  const plan = planChanges(tempApp(files), given, NONE)
  return plan.ok ? 'nothing is refused' : plan.reason
}

const IMPORT = "import { auth } from '@latchkey/jwt-middleware/hono'"
const HONO = "import { Hono } from 'hono'"
const MEMORY =
  '// Local users are in memory until you pass a store: auth({ users: sqliteUsers(db) }) keeps them in your database.'

describe('The middleware goes after what prepares requests, and before the first route:', () => {
  it.each([
    [
      'Hono, with nothing before its route',
      `${HONO}\nconst app = new Hono()\napp.get('/', (c) => c.text('hi'))\nexport default app\n`,
      [`${HONO} <> ${IMPORT}`, `const app = new Hono() <> ${MEMORY}`, `${MEMORY} <> app.use(auth())`],
    ],
    [
      'Hono, with a logger, files and a middleware of its own',
      `${HONO}
import { logger } from 'hono/logger'
import { serveStatic } from '@hono/node-server/serve-static'
const app = new Hono()
app.use('*', logger())
app.use('/static/*', serveStatic({ root: '.' }))
app.use(async (c, next) => next())
app.onError((error, c) => c.text(error.message, 500))
app.use('/api/*', guard())
app.get('/', (c) => c.text('hi'))
`,
      [
        expect.stringMatching(/serve-static' <> import \{ auth \}/),
        expect.stringMatching(/^app\.onError.* <> \/\/ Local users/),
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
    [
      'Hono, as one chain',
      `${HONO}
import { logger } from 'hono/logger'
const app = new Hono()
  .use(logger())
  .get('/', (c) => c.text('hi'))
export default app
`,
      [
        `import { logger } from 'hono/logger' <> ${IMPORT}`,
        `  .use(logger()) <>   ${MEMORY}`,
        `  ${MEMORY} <>   .use(auth())`,
      ],
    ],
    [
      'Hono, exported without a name',
      `${HONO}\nexport default new Hono().get('/', (c) => c.text('hi'))\n`,
      [
        `${HONO} <> ${IMPORT}`,
        `${IMPORT} <> ${MEMORY}`,
        expect.stringContaining(`${MEMORY} <> export default new Hono().use(auth()).get('/'`),
      ],
    ],
    [
      'Hono, as a chain on one line, in a function',
      `${HONO}\nexport const make = () => {\n  const app = new Hono().get('/', (c) => c.text('hi'))\n  return app\n}\n`,
      [
        `${HONO} <> ${IMPORT}`,
        expect.stringContaining(`<>   ${MEMORY}`),
        expect.stringContaining(`  ${MEMORY} <>   const app = new Hono().use(auth()).get('/'`),
      ],
    ],
    [
      'a database that is made after the app',
      `${HONO}
import Database from 'better-sqlite3'
const app = new Hono()
const db = new Database('app.sqlite')
app.get('/', (c) => c.text('hi'))
`,
      [
        `import Database from 'better-sqlite3' <> ${IMPORT}`,
        `${IMPORT} <> import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'`,
        "const db = new Database('app.sqlite') <> app.use(auth({ users: sqliteUsers(db) }))",
      ],
    ],
    [
      'a database that is made after the first route',
      `${HONO}
import Database from 'better-sqlite3'
const app = new Hono()
app.get('/', (c) => c.text('hi'))
const db = new Database('app.sqlite')
`,
      [
        `import Database from 'better-sqlite3' <> ${IMPORT}`,
        `const app = new Hono() <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
    [
      "drizzle's database around another one",
      `${HONO}
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
const sqlite = new Database('app.sqlite')
const db = drizzle(sqlite)
const app = new Hono()
app.get('/', (c) => c.text('hi'))
`,
      expect.arrayContaining(['const app = new Hono() <> app.use(auth({ users: sqliteUsers(db) }))']),
    ],
    [
      'two databases, between which only the developer can choose',
      `${HONO}
import Database from 'better-sqlite3'
const one = new Database('one.sqlite')
const two = new Database('two.sqlite')
const app = new Hono()
app.get('/', (c) => c.text('hi'))
`,
      expect.arrayContaining([`${MEMORY} <> app.use(auth())`]),
    ],
    [
      'an app in a function, and a file that has an auth of its own',
      `${HONO}
import { auth } from './auth.mjs'
export function createApp() {
    const app = new Hono()
    auth(app)
    app.get('/', (c) => c.text('hi'))
    return app
}
`,
      [
        `import { auth } from './auth.mjs' <> import { auth as latchkey } from '@latchkey/jwt-middleware/hono'`,
        `    const app = new Hono() <>     ${MEMORY}`,
        `    ${MEMORY} <>     app.use(latchkey())`,
      ],
    ],
  ])('%s', (_, code, lines) => {
    expect(added({ 'app.mjs': code })).toEqual(lines)
  })

  it.each([
    [
      'Express, in CommonJS with semicolons and double quotes',
      'app.cjs',
      `const express = require("express");
const { Pool } = require("pg");
const notes = require("./notes.cjs");
const pool = new Pool();
const app = express();
app.set("view engine", "pug");
app.use(express.json());
app.use("/public", express.static("public"));
app.use((req, res, next) => next());
app.use(notes);
app.listen(3000);
`,
      [
        'const notes = require("./notes.cjs"); <> const { auth } = require("@latchkey/jwt-middleware/express");',
        'const { auth } = require("@latchkey/jwt-middleware/express"); <> const { postgresUsers } = require("@latchkey/jwt-middleware/postgres");',
        'app.use((req, res, next) => next()); <> app.use(auth({ users: postgresUsers(pool) }));',
      ],
    ],
    [
      'Express, whose later files are required between its routes',
      'app.cjs',
      `'use strict'
const express = require('express')
const app = express()
const morgan = require('morgan')
app.use(morgan('dev'))
app.use('/text', textOf())
app.use('/notes', require('./notes.cjs'))
const late = require('./late.cjs')
`,
      [
        "const express = require('express') <> const { auth } = require('@latchkey/jwt-middleware/express')",
        `app.use(morgan('dev')) <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
    [
      'Express, in TypeScript with Windows line ends, before a router in a file of its own',
      'app.ts',
      `import express, { type Express } from 'express'\r\nimport { router } from './router.ts'\r\nexport const app: Express = express()\r\napp.use(express.urlencoded({ extended: false }))\r\napp.use('/', router)\r\n`,
      [
        "import { router } from './router.ts' <> import { auth } from '@latchkey/jwt-middleware/express'",
        `app.use(express.urlencoded({ extended: false })) <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
    [
      'Fastify, after the plugins of packages and before its own parts',
      'app.ts',
      `import cors from '@fastify/cors'
import Fastify, { type FastifyInstance } from 'fastify'
import { notes } from './notes.ts'
const app: FastifyInstance = Fastify({ logger: true }).withTypeProvider()
await app.register(cors, { origin: true })
app.register(import('@fastify/helmet'))
app.addHook('onRequest', async () => {})
app.setErrorHandler((error, request, reply) => reply.send(error))
app.register(notes, { prefix: '/notes' })
app.get('/', async () => 'hi')
`,
      [
        "import { notes } from './notes.ts' <> import { auth } from '@latchkey/jwt-middleware/fastify'",
        `app.setErrorHandler((error, request, reply) => reply.send(error)) <> ${MEMORY}`,
        `${MEMORY} <> app.register(auth())`,
      ],
    ],
    [
      'Fastify, whose files are loaded by a plugin',
      'app.ts',
      `import autoload from '@fastify/autoload'
import { fastify } from 'fastify'
const app = fastify()
app.register(autoload, { dir: 'routes' })
app.register(async (part) => {})
`,
      [
        "import { fastify } from 'fastify' <> import { auth } from '@latchkey/jwt-middleware/fastify'",
        `const app = fastify() <> ${MEMORY}`,
        `${MEMORY} <> app.register(auth())`,
      ],
    ],
    [
      'Fastify, in CommonJS and made of what require returns',
      'app.cjs',
      `'use strict'
// The app.
const app = require('fastify')({ logger: true })
app.register(require('@fastify/cookie'))
app.register(require('./notes.cjs'))
`,
      [
        "// The app. <> const { auth } = require('@latchkey/jwt-middleware/fastify')",
        `app.register(require('@fastify/cookie')) <> ${MEMORY}`,
        `${MEMORY} <> app.register(auth())`,
      ],
    ],
    [
      'Fastify, in CommonJS with a database, in a function',
      'app.cjs',
      `const { fastify } = require('fastify');
const { Pool } = require('pg');
const pool = new Pool();
exports.build = () => {
  const app = fastify();
  app.get('/', async () => 'hi');
  return app;
};
`,
      [
        "const { Pool } = require('pg'); <> const { auth } = require('@latchkey/jwt-middleware/fastify');",
        "const { auth } = require('@latchkey/jwt-middleware/fastify'); <> const { postgresUsers } = require('@latchkey/jwt-middleware/postgres');",
        '  const app = fastify(); <>   app.register(auth({ users: postgresUsers(pool) }));',
      ],
    ],
    [
      'Fastify, as one chain',
      'app.mjs',
      `import Fastify from 'fastify'
export default Fastify()
  .register(import('@fastify/cors'))
  .get('/', async () => 'hi')
`,
      [
        "import Fastify from 'fastify' <> import { auth } from '@latchkey/jwt-middleware/fastify'",
        `  .register(import('@fastify/cors')) <>   ${MEMORY}`,
        `  ${MEMORY} <>   .register(auth())`,
      ],
    ],
    [
      'Koa, before its router and a function that answers',
      'app.mjs',
      `import Router from '@koa/router'
import Koa from 'koa'
import serve from 'koa-static'
const app = new Koa()
const router = new Router()
app.keys = ['a']
app.on('error', () => {})
app.use(serve('public'))
app.use(async (ctx, next) => next())
app.use(router.routes())
app.use(async (ctx) => (ctx.body = 'hi'))
`,
      [
        "import serve from 'koa-static' <> import { auth } from '@latchkey/jwt-middleware/koa'",
        `app.use(async (ctx, next) => next()) <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
    [
      'Koa, in CommonJS',
      'app.cjs',
      `const Koa = require('koa');
const app = new Koa();
app.use(ctx => { ctx.body = 'hi'; });
`,
      [
        "const Koa = require('koa'); <> const { auth } = require('@latchkey/jwt-middleware/koa');",
        `const app = new Koa(); <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth());`,
      ],
    ],
    [
      'Koa, made of what require returns',
      'app.cjs',
      "const app = new (require('koa'))()\napp.use((ctx) => { ctx.body = 'hi' })\n",
      [
        "undefined <> const { auth } = require('@latchkey/jwt-middleware/koa')",
        `const app = new (require('koa'))() <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
    [
      'Koa, in front of another one that it mounts',
      'app.mjs',
      `import Koa from 'koa'
import mount from 'koa-mount'
const notes = new Koa()
const app = new Koa()
app.use(mount('/notes', notes))
`,
      [
        "import mount from 'koa-mount' <> import { auth } from '@latchkey/jwt-middleware/koa'",
        `const app = new Koa() <> ${MEMORY}`,
        `${MEMORY} <> app.use(auth())`,
      ],
    ],
  ])('%s', (_, name, code, lines) => {
    expect(added({ [name]: code }, name)).toEqual(lines)
  })

  it.each([
    ['hono', "import { Hono } from 'hono'\nconst app = new Hono()\n", 'loginRequired(), (c) => …)'],
    ['express', "import express from 'express'\nconst app = express()\n", 'loginRequired((req, res) => …))'],
    [
      'fastify',
      "import fastify from 'fastify'\nconst app = fastify()\n",
      'loginRequired(async (request) => …))',
    ],
    ['koa', "import Koa from 'koa'\nconst app = new Koa()\n", 'loginRequired((ctx) => …))'],
  ])(
    '%s, once: then its page needs a guard, and the next run finds nothing to write',
    (name, code, guarded) => {
      const folder = tempApp({ 'package.json': MANIFEST, 'app.mjs': code })
      const plan = planChanges(folder, undefined, NONE)
      if (!plan.ok) throw new Error(plan.reason)
      expect(plan.value.steps).toContain(
        `Guard a page with loginRequired from '@latchkey/jwt-middleware/${name}': ${name === 'koa' ? 'router' : 'app'}.get('/notes', ${guarded}`,
      )
      const again = tempApp({ 'package.json': MANIFEST, 'app.mjs': plan.value.edits[0]?.after ?? '' })
      expect(planChanges(again, undefined, NONE)).toMatchObject({ value: { edits: [] } })
    },
  )

  it.each(['node', 'web'])('an app with the entry ./%s has it already', (entry) => {
    const code = `import { auth } from '@latchkey/jwt-middleware/${entry}'\n`
    expect(
      planChanges(tempApp({ 'package.json': MANIFEST, 'app.mjs': code }), undefined, NONE),
    ).toMatchObject({ value: { edits: [] } })
  })

  it('in a file that the entry imports, with the database of another one', () => {
    const files = {
      'package.json': MANIFEST.replace('app.mjs', 'src/index.js'),
      'src/index.js': "import { app } from './server.js'\napp.fire()\n",
      'src/server.js': `${HONO}\nimport { db } from './data.js'\nimport { notes } from './notes.js'\nexport const app = new Hono()\napp.route('/notes', notes)\n`,
      'src/notes.js': `${HONO}\nexport const notes = new Hono()\nnotes.get('/', (c) => c.text(''))\n`,
      'src/data.js': "import SQLite from 'better-sqlite3'\nexport const db = new SQLite('app.sqlite')\n",
    }
    expect(added(files)).toEqual([
      `import { notes } from './notes.js' <> ${IMPORT}`,
      `${IMPORT} <> import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'`,
      'export const app = new Hono() <> app.use(auth({ users: sqliteUsers(db) }))',
    ])
  })
})

describe('What is not plain is said, and not guessed:', () => {
  const app = `${HONO}\nconst a = new Hono()\n`
  it.each([
    ['no package.json', {}, undefined, /no package\.json/],
    ['no entry file', { 'package.json': '{}' }, undefined, /no entry file was found\. Pass the file/],
    [
      'a file without an app',
      { 'package.json': '{}', 'app.js': 'run()' },
      undefined,
      /"new Hono\(\)", "express\(\)", "fastify\(\)", or "new Koa\(\)" in app\.js/,
    ],
    [
      'a server without a framework',
      { 'package.json': '{}', 'app.js': "import { createServer } from 'node:http'\ncreateServer()\n" },
      undefined,
      /^app\.js serves without a framework.*jwt-middleware\/node'.*await web\(req, res\).*docs\/frameworks\/node\.md/,
    ],
    [
      'a server without a framework, in CommonJS',
      { 'package.json': '{}', 'app.js': "const http = require('http')\nhttp.createServer()\n" },
      undefined,
      /docs\/frameworks\/node\.md/,
    ],
    [
      'a server of Bun',
      { 'package.json': '{}', 'index.ts': 'Bun.serve({ fetch: (_request, _server) => new Response() })' },
      undefined,
      /jwt-middleware\/web'.*web\.handle.*docs\/frameworks\/fetch\.md/,
    ],
    [
      'two apps on Fastify',
      {
        'package.json': '{}',
        'app.js': "import fastify from 'fastify'\nconst a = fastify()\nconst b = fastify()\n",
      },
      undefined,
      /several apps, a and b.*\n\n {2}import \{ auth \} from '@latchkey\/jwt-middleware\/fastify'\n {2}app\.register\(auth\(\)\)/s,
    ],
    ['a file that is not there', { 'package.json': '{}' }, 'src/x.ts', /There is no file src\/x\.ts/],
    [
      'two apps',
      { 'package.json': '{}', 'app.js': `${app}const b = new Hono()\n` },
      undefined,
      /several apps, a and b.*yourself/s,
    ],
    [
      'two files with an app, none of which is in a script or imported',
      { 'package.json': '{}', 'index.js': app, 'server.js': app },
      undefined,
      /index\.js and server\.js both make an app\..*npx latchkey add index\.js$/,
    ],
    [
      'a syntax error',
      { 'package.json': '{}', 'app.js': 'const app = ' },
      undefined,
      /app\.js can't be parsed/,
    ],
  ])('%s', (_, files, given, words) => {
    expect(refusal(files as Record<string, string>, given)).toMatch(words)
  })

  it('of two files with an app, the one in a script is meant, or the one that imports the other', () => {
    expect(added({ 'app.mjs': app, 'index.mjs': app })).toContain(`${MEMORY} <> a.use(auth())`)
    const files = { 'package.json': '{}', 'index.js': `${app}import './app.js'\n`, 'app.js': app }
    expect(refusal(files)).toBe('nothing is refused')
  })

  it('a file with a usual name that no script starts is not meant', () => {
    const files = {
      'src/web.mjs': app,
      'app.mjs': "import './src/web.mjs'\n",
      'server.mjs': `${HONO}\nconst old = new Hono()\n`,
    }
    expect(added(files)).toContain(`${MEMORY} <> a.use(auth())`)
  })

  const SUB = `${HONO}\nexport const sub = new Hono()\nsub.get('/', (c) => c.text(''))\n`
  const MAIN = `${HONO}\nexport const main = new Hono()\n`
  it.each([
    ['a name', SUB, "import { sub } from './sub.mjs'\n", 'sub'],
    ['another name', SUB, "import { sub as notes } from './sub.mjs'\n", 'notes'],
    [
      'a default export',
      `${HONO}\nexport default new Hono().get('/', (c) => c.text(''))\n`,
      "import notes from './sub.mjs'\n",
      'notes',
    ],
    [
      'a default export with a name',
      `${SUB}export default sub\n`,
      "import notes from './sub.mjs'\n",
      'notes',
    ],
    [
      'a list of exports',
      `${SUB.replace('export ', '')}export { sub as notes }\n`,
      "import { notes } from './sub.mjs'\n",
      'notes',
    ],
    ['a whole module', SUB, "import * as routes from './sub.mjs'\n", 'routes.sub'],
    ['its fetch', SUB, "import { sub } from './sub.mjs'\n", 'sub.fetch'],
    [
      'a function that makes it',
      `${HONO}\nexport function notes() {\n  const sub = new Hono()\n  return sub\n}\n`,
      "import { notes } from './sub.mjs'\n",
      'notes()',
    ],
    [
      'an arrow function that makes it',
      `${HONO}\nexport const notes = () => {\n  const sub = new Hono()\n  return sub\n}\n`,
      "import { notes } from './sub.mjs'\n",
      'notes()',
    ],
    ['a file that collects them', SUB, "import { sub } from './routes.mjs'\n", 'sub'],
  ])('an app that another file mounts is not meant, by %s', (_, sub, line, argument) => {
    const files = {
      'sub.mjs': sub,
      'main.mjs': MAIN,
      'routes.mjs': "export * from './sub.mjs'\n",
      'app.mjs': `${line}import { main } from './main.mjs'\nmain.route('/notes', ${argument})\n`,
    }
    expect(added(files)).toEqual([
      `${HONO} <> ${IMPORT}`,
      `export const main = new Hono() <> ${MEMORY}`,
      `${MEMORY} <> main.use(auth())`,
    ])
  })

  it.each([
    ['module.exports = sub', "const sub = require('./sub.cjs')", 'sub'],
    ['module.exports = { sub }', "const { sub } = require('./sub.cjs')", 'sub'],
    ['exports.sub = sub', "const routes = require('./sub.cjs')", 'routes.sub'],
    ['module.exports = sub', '', "require('./sub.cjs')"],
  ])('an app that another file mounts is not meant, in CommonJS: %s, %s', (exported, line, argument) => {
    const files = {
      'package.json': MANIFEST.replace('app.mjs', 'app.cjs'),
      'sub.cjs': `const express = require('express')\nconst sub = express()\n${exported}\n`,
      'main.cjs': "const express = require('express')\nconst main = express()\nmodule.exports = main\n",
      'app.cjs': `${line}\nconst main = require('./main.cjs')\nmain.use('/notes', ${argument})\n`,
    }
    expect(added(files)).toContain(`${MEMORY} <> main.use(auth())`)
  })

  it('of two apps that the entry imports without mounting one, neither is guessed', () => {
    const line = "import { main } from './main.mjs'\nimport { sub } from './sub.mjs'\nstart(main, sub)\n"
    const files = { 'package.json': MANIFEST, 'main.mjs': MAIN, 'sub.mjs': SUB, 'app.mjs': line }
    expect(refusal(files)).toMatch(/^main\.mjs and sub\.mjs both make an app\..*npx latchkey add main\.mjs$/)
    expect(added(files, 'sub.mjs')).toContain(`${MEMORY} <> sub.use(auth())`)
  })

  it('guards, tables and types of the package are no middleware yet', () => {
    const code = `${HONO}
import { loginRequired } from '@latchkey/jwt-middleware/hono'
import { notes } from './schema.mjs'
const app = new Hono()
app.get('/', loginRequired(), (c) => c.text(notes))
`
    const files = {
      'app.mjs': code,
      'schema.mjs': "export { users } from '@latchkey/jwt-middleware/sqlite'\n",
    }
    expect(added(files)).toContain(`${MEMORY} <> app.use(auth())`)
    const done = planChanges(
      tempApp({ 'package.json': MANIFEST, 'app.mjs': `${code}${IMPORT}\n` }),
      undefined,
      NONE,
    )
    expect(done).toMatchObject({ value: { edits: [] } })
  })

  it('an app that is a part of another one is not meant', () => {
    const code = `${HONO}\nconst api = new Hono()\nconst app = new Hono()\napp.route('/api', api)\n`
    expect(added({ 'app.mjs': code })).toContain(`${MEMORY} <> app.use(auth())`)
  })
})

describe('The settings', () => {
  const files = { 'package.json': MANIFEST, 'app.mjs': `${HONO}\nconst app = new Hono()\n` }
  const planIn = (more: Record<string, string>, settings: typeof NONE | typeof SETTINGS = SETTINGS) => {
    const plan = planChanges(tempApp({ ...files, ...more }), undefined, settings)
    if (!plan.ok) throw new Error(plan.reason)
    return plan.value
  }

  it('are added to .env, whose own lines stay', () => {
    const before = 'SECRET=1\nLOGIN_URL=https://auth.example.com/login'
    const env = planIn({ '.env': before }).edits.find(({ name }) => name === '.env')
    expect(env?.after).toBe(`${before}\nOWN_URL=${SETTINGS.OWN_URL}\n`)
    const diff = showDiff(planIn({}).edits)
    expect(diff).toContain('--- /dev/null\n+++ b/.env\n')
    expect(diff).toContain(`+LOGIN_URL=${SETTINGS.LOGIN_URL}\n+OWN_URL=${SETTINGS.OWN_URL}\n`)
  })

  it('that are unknown are left to the developer, with the command that prints them', () => {
    expect(planIn({}, NONE).steps).toContainEqual(
      expect.stringMatching(/^Set LOGIN_URL and OWN_URL.*latchkey dev --app/),
    )
    expect(planIn({}).steps).not.toContainEqual(expect.stringMatching(/^Set /))
    const moved = planIn({ '.env': 'LOGIN_URL=http://auth.team.localhost:4100/login' })
    expect(moved.steps).toContain(
      '.env keeps LOGIN_URL=http://auth.team.localhost:4100/login. If the app is to use this one, change it to: ' +
        SETTINGS.LOGIN_URL,
    )
    expect(planIn({ '.env': `LOGIN_URL=${SETTINGS.LOGIN_URL}` }).steps).not.toContainEqual(
      expect.stringMatching(/^\.env keeps/),
    )
    const apps = ['http://app1.team.localhost:3000', 'http://app2.team.localhost:3001']
    const plan = planChanges(tempApp(files), undefined, { ...SETTINGS, OWN_URL: undefined }, apps)
    expect(plan).toMatchObject({
      value: {
        steps: expect.arrayContaining([
          `Set OWN_URL in .env. The auth service knows these apps: ${apps.join(', ')}`,
        ]),
      },
    })
  })

  it.each([
    ['node app.mjs', 'node --env-file=.env app.mjs'],
    ['tsc && node app.mjs', 'tsc && node --env-file=.env app.mjs'],
    ['tsx watch src/app.ts', 'tsx watch --env-file=.env src/app.ts'],
    ['nodemon app.mjs', 'node --env-file=.env app.mjs'],
    ['node --env-file=.env app.mjs', null],
    ['node -r dotenv/config app.mjs', null],
    ['bun app.mjs', null],
    ['deno run -A app.mjs', 'deno run --env-file=.env -A app.mjs'],
    ['vite', 'Vite does not put it into process.env. Put this at the top of vite.config'],
    ['tsc && vite dev --port 3000', 'Vite does not put it into process.env'],
  ])('are read by an app that starts with "%s" if it starts with, or is told: %s', (start, hint) => {
    const { steps } = planIn({ 'package.json': JSON.stringify({ scripts: { start } }) })
    const found = steps.find((step) => step.startsWith('.env is not read yet'))
    expect(found ?? null).toEqual(hint === null ? null : expect.stringContaining(`: ${hint}`))
  })

  it.each([
    ['{}', {}, 'npm install'],
    ['{}', { 'pnpm-lock.yaml': '' }, 'pnpm add'],
    ['{}', { 'yarn.lock': '' }, 'yarn add'],
    ['{}', { 'bun.lock': '' }, 'bun add'],
    ['{"packageManager":"pnpm@10.0.0"}', { 'package-lock.json': '{}' }, 'pnpm add'],
  ])('come with the install line of the package manager: %s and %j', (manifest, locks, line) => {
    const { steps } = planIn({ 'package.json': manifest, ...locks })
    expect(steps[0]).toBe(`Install what is missing: ${line} @latchkey/jwt-middleware`)
  })
})
