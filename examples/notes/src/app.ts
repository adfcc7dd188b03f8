import { createHouse, type House, type HouseOptions, readForm, type TourControl } from '@latchkey/house-style'
import {
  type AuthenticatedEnv,
  type AuthOptions,
  auth,
  loginRequired,
  permissionRequired,
} from '@latchkey/jwt-middleware/hono'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import type { Database } from 'better-sqlite3'
import { type Handler, Hono } from 'hono'
import { createNotes, type Notes } from './notes.ts'
import { landing, notesPage, statisticsPage } from './pages.ts'
import { permissions } from './permissions.ts'

export interface NotesAppOptions {
  readonly db: Database
  /** This app's public origin. */
  readonly ownUrl: string
  /** The login page of the auth service. */
  readonly loginUrl: string
  /** The clock, in ms. Default: `Date.now`. */
  readonly now?: () => number
  /** Further options of the middleware. */
  readonly auth?: AuthOptions
  /** The demo that runs this app. */
  readonly tour?: TourControl | undefined
}

/** Longest note, in characters. */
export const MAX_TEXT = 2_000

/** Private notes: every user sees only their own. */
export function createApp(given: NotesAppOptions): Hono {
  const { db, now = Date.now, auth: options, tour, ownUrl, loginUrl } = given
  const urls = { ownUrl, loginUrl }
  const users = sqliteUsers(db)
  const notes = createNotes(db, now)
  const web = auth({ users, permissions, accept: 'cookies', ...urls, ...options })
  const house = createNotesHouse({ ...urls, web, tour })

  const app = new Hono()
  house.furnish(app)
  house.authenticate(app)

  app.get('/', (c) => {
    const { user } = c.var
    const count = user.isAuthenticated ? notes.count(user.id) : 0
    return house.page(c, { title: 'Notes' }, landing(user, count))
  })

  app.get('/statistics', permissionRequired('notes.statistics'), (c) =>
    house.page(c, { title: 'Statistics' }, statisticsPage(notes.statistics())),
  )

  app.get('/notes', loginRequired(), showNotes(house, notes))

  app.post('/notes', loginRequired(), async (c) => {
    const { user } = c.var
    const text = (await readForm(c)).text('text')
    const error = problemOf(text)
    if (!error) {
      notes.add(user.id, text)
      return c.redirect('/notes', 303)
    }
    const content = notesPage({ ...notes.page(user.id), text, error })
    return house.page(c, { title: 'Error: Your notes', status: 422 }, content)
  })

  app.post('/notes/:id{[0-9]+}/delete', loginRequired(), (c) => {
    const found = notes.remove(c.var.user.id, Number(c.req.param('id')))
    return found ? c.redirect('/notes', 303) : house.refuse(c, 'not_found')
  })

  return app
}

/** The family's layout and behaviour for this app. */
export const createNotesHouse = (
  options: Pick<HouseOptions, 'ownUrl' | 'loginUrl' | 'web' | 'tour'>,
): House =>
  createHouse({
    product: 'Notes',
    assets: new URL('../assets/', import.meta.url),
    links: (user) => (user.isAuthenticated ? [{ href: '/notes', label: 'Your notes' }] : []),
    ...options,
  })

/** Responds with a page of the user's notes, beginning after `?before`. */
export const showNotes =
  (house: House, notes: Notes): Handler<AuthenticatedEnv> =>
  (c) => {
    const page = notes.page(c.var.user.id, readId(c.req.query('before')))
    return house.page(c, { title: 'Your notes' }, notesPage(page))
  }

const readId = (text = ''): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

function problemOf(text: string): string | undefined {
  if (text === '') return 'Write something first.'
  if (text.length <= MAX_TEXT) return undefined
  const [length, limit] = [text.length, MAX_TEXT].map((number) => number.toLocaleString('en'))
  return `This note has ${length} characters. Shorten it to ${limit}, or split it into two notes.`
}
