// One app on each framework, with each store: its user signs in, and is asked for again. Prints what came of it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import * as forExpress from '@latchkey/jwt-middleware/express'
import * as forFastify from '@latchkey/jwt-middleware/fastify'
import * as forHono from '@latchkey/jwt-middleware/hono'
import * as forKoa from '@latchkey/jwt-middleware/koa'
import * as forNode from '@latchkey/jwt-middleware/node'
import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import * as forWeb from '@latchkey/jwt-middleware/web'
import Database from 'better-sqlite3'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import pg from 'pg'

const sqlite = new Database('app.sqlite')
const pool = new pg.Pool({ connectionString: process.env.POSTGRES_URL })
const stores = {
  sqlite: () => sqliteUsers(sqlite),
  postgres: () => postgresUsers(pool),
  'postgres with drizzle': () => postgresUsers(drizzlePostgres(pool)),
}

const testAuth = createTestAuth()

function honoApp(users) {
  const web = forHono.auth({ ...testAuth.options, users })
  const app = new Hono().use(web).get('/', forHono.loginRequired(), (c) => c.json(c.var.user))
  app.post('/', (c) => c.text(c.var.user.email))
  return { listener: getRequestListener(app.fetch), web }
}

const expressApp = (express) => (users) => {
  const web = forExpress.auth({ ...testAuth.options, users })
  const app = express()
  app.use(web)
  app.get(
    '/',
    forExpress.loginRequired((req, res) => res.json(req.user)),
  )
  app.post('/', (req, res) => res.send(req.user.email))
  return { listener: app, web }
}

async function fastifyApp(users) {
  const web = forFastify.auth({ ...testAuth.options, users })
  const app = fastify()
  app.register(web)
  app.get('/', { preHandler: forFastify.loginRequired() }, async (request) => request.user)
  app.post('/', async (request) => request.user.email)
  await app.ready()
  return { listener: app.routing, web }
}

function koaApp(users) {
  const web = forKoa.auth({ ...testAuth.options, users })
  const app = new Koa().use(web)
  app.use(
    forKoa.loginRequired((ctx) => {
      ctx.body = ctx.state.user
    }),
  )
  return { listener: app.callback(), web }
}

function nodeApp(users) {
  const web = forNode.auth({ ...testAuth.options, users })
  return { listener: web.loginRequired((_req, res, user) => res.end(JSON.stringify(user))), web }
}

function fetchApp(users) {
  const web = forWeb.auth({ ...testAuth.options, users })
  return { listener: getRequestListener(web.loginRequired((_request, user) => Response.json(user))), web }
}

const frameworks = { hono: honoApp }
for (const name of ['express', 'express-5']) frameworks[name] = expressApp((await import(name)).default)
Object.assign(frameworks, { fastify: fastifyApp, koa: koaApp, node: nodeApp, fetch: fetchApp })

/** The status, and what it says. */
async function ask(url, options) {
  const response = await fetch(url, options)
  return `${response.status} ${await response.text()}`
}

/** Serves an app while it is asked. */
async function serving({ listener, web }, visit) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await visit(`http://127.0.0.1:${server.address().port}/`)
  web.close()
  server.close()
}

const results = []
for (const [framework, create] of Object.entries(frameworks)) {
  for (const [store, users] of Object.entries(stores)) {
    await serving(await create(users()), async (url) => {
      const ada = testAuth.signedIn({ email: 'ada@example.com', isStaff: true })
      const first = await ask(url, { headers: ada.headers })
      const second = await ask(url, { headers: ada.headers })
      const { id, email, isStaff } = JSON.parse(second.slice(4))
      const origin = 'http://other.test'
      results.push({
        framework,
        store,
        anonymous: await ask(url),
        same: first === second,
        id,
        email,
        isStaff,
        foreignPost: await ask(url, { method: 'POST', headers: { ...ada.headers, origin } }),
      })
    })
  }
}
const rows = {
  sqlite: sqlite.prepare('SELECT id, email FROM latchkey_users').all(),
  postgres: (await pool.query('SELECT id, email FROM latchkey_users')).rows,
}

// An outage: what drizzle reports of it, the log has without the values.
let outage = ''
await serving(frameworks.hono(stores.postgres()), async (url) => {
  await ask(url, { headers: testAuth.signedIn({ email: 'ada@example.com' }).headers })
  await pool.query('ALTER TABLE latchkey_users RENAME TO elsewhere')
  outage = await ask(url, { headers: testAuth.signedIn({ email: 'grace@example.com' }).headers })
})
await pool.end()
console.log(JSON.stringify({ node: process.versions.node, results, rows, outage }))
