import Database from 'better-sqlite3'
import { desc } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import express from 'express'
import { posts } from './schema.js'

const db = drizzle(new Database('board.sqlite'))
const app = express()
app.use(express.urlencoded({ extended: false }))

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

app.get('/', (_req, res) => {
  res.send(`<!doctype html>
    <title>Board</title>
    <h1>Board</h1>
    <p><a href="/board">All posts</a></p>`)
})

app.get('/board', (_req, res) => {
  const all = db.select().from(posts).orderBy(desc(posts.id)).all()
  res.send(`<!doctype html>
    <title>All posts</title>
    <h1>All posts</h1>
    <form method="post" action="/board">
      <label>Post <input name="text" required></label>
      <button>Post</button>
    </form>
    <ul>
      ${all.map((post) => `<li>${escaped(post.text)} (${post.writtenAt})</li>`).join('\n')}
    </ul>`)
})

app.post('/board', (req, res) => {
  const { text = '' } = req.body
  if (text.trim() === '') {
    res.status(400).send('Write something.')
    return
  }
  db.insert(posts).values({ text: text.trim() }).run()
  res.redirect(303, '/board')
})

app.get('/healthz', (_req, res) => {
  res.send('ok')
})

// The last one: errors of the handlers above.
app.use((error, _req, res, _next) => {
  console.error(error)
  res.status(500).send('Something went wrong.')
})

app.listen(Number(process.env.PORT ?? 3001), '127.0.0.1', () => console.log('Listening.'))
