// The least that a service on Hono and SQLite can be. JavaScript, so that no time goes into removing types.
import { serve } from '@hono/node-server'
import SQLite from 'better-sqlite3'
import { Hono } from 'hono'

const database = new SQLite(process.argv[2])
database.exec('CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY)')
const app = new Hono().get('/', (c) => c.text('Hello'))
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(`listening on ${port}`))
