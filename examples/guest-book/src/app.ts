import { createHouse, readForm } from '@latchkey/house-style'
import { type AuthOptions, auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { oidc } from '@latchkey/jwt-middleware/oidc'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import type { Database } from 'better-sqlite3'
import { type Context, Hono } from 'hono'
import { createGuestBook } from './guest-book.ts'
import { bookPage } from './page.ts'

export interface GuestBookOptions {
  readonly db: Database
  /** This app's public origin. */
  readonly ownUrl: string
  /** The login page of the auth service. */
  readonly loginUrl: string
  /** The clock, in ms. Default: `Date.now`. */
  readonly now?: () => number
  /** Further options of the middleware. */
  readonly auth?: AuthOptions
}

/** Longest entry, in characters. */
const MAX_TEXT = 200

/** A guest book on another domain. Its client ID and secret come from the environment. */
export function createApp({ db, now = Date.now, auth: options, ownUrl, loginUrl }: GuestBookOptions): Hono {
  const urls = { ownUrl, loginUrl }
  const users = sqliteUsers(db)
  const book = createGuestBook(db, now)
  const web = auth({ oidc: oidc(), users, accept: 'cookies', ...urls, ...options })
  const house = createHouse({
    product: 'Guest book',
    assets: new URL('../assets/', import.meta.url),
    links: () => [],
    web,
    ...urls,
  })

  function show(c: Context, refused: { readonly text?: string; readonly error?: string } = {}) {
    const { user } = c.var
    const content = bookPage({ user, entries: book.latest(), signInUrl: web.signInUrl(c, '/'), ...refused })
    const title = refused.error ? 'Error: Guest book' : 'Guest book'
    return house.page(c, { title, status: refused.error ? 422 : 200 }, content)
  }

  const app = new Hono()
  house.furnish(app)
  house.authenticate(app)

  app.get('/', (c) => show(c))
  app.get('/write', loginRequired(), (c) => show(c))

  app.post('/entries', loginRequired(), async (c) => {
    const text = (await readForm(c)).text('text')
    const error = problemOf(text)
    if (error) return show(c, { text, error })
    book.add(c.var.user.id, text)
    return c.redirect('/', 303)
  })

  app.post('/entries/:id{[0-9]+}/delete', loginRequired(), (c) => {
    const found = book.remove(c.var.user.id, Number(c.req.param('id')))
    return found ? c.redirect('/', 303) : house.refuse(c, 'not_found')
  })

  return app
}

function problemOf(text: string): string | undefined {
  if (text === '') return 'Write something first.'
  return text.length > MAX_TEXT
    ? `This line has ${text.length} characters. Shorten it to ${MAX_TEXT}.`
    : undefined
}
