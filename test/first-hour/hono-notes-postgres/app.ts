import { serve } from '@hono/node-server'
import { desc } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Hono } from 'hono'
import { html } from 'hono/html'
import pg from 'pg'
import { notes } from './schema.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const db = drizzle(pool)
await migrate(db, { migrationsFolder: './drizzle' })

const app = new Hono()

app.get('/', (c) =>
  c.html(
    html`<!doctype html>
      <title>Notes</title>
      <h1>Notes</h1>
      <p><a href="/notes">All notes</a></p>`,
  ),
)

app.get('/notes', async (c) => {
  const all = await db.select().from(notes).orderBy(desc(notes.id))
  return c.html(
    html`<!doctype html>
      <title>All notes</title>
      <h1>All notes</h1>
      <form method="post" action="/notes">
        <label>Note <input name="text" required /></label>
        <button>Write</button>
      </form>
      <ul>
        ${all.map((note) => html`<li>${note.text} (${note.writtenAt})</li>`)}
      </ul>`,
  )
})

app.post('/notes', async (c) => {
  const { text } = await c.req.parseBody()
  if (typeof text !== 'string' || text.trim() === '') return c.text('Write something.', 400)
  await db.insert(notes).values({ text: text.trim() })
  return c.redirect('/notes', 303)
})

app.get('/healthz', (c) => c.text('ok'))

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`Listening on port ${port}.`),
)
