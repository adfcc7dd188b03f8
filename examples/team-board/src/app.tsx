import { createHouse, readForm, type TourControl } from '@latchkey/house-style'
import {
  type AuthOptions,
  auth,
  loginRequired,
  permissionRequired,
  staffRequired,
} from '@latchkey/jwt-middleware/hono'
import { migrateSqlite, sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import type { Database } from 'better-sqlite3'
import { type Context, Hono } from 'hono'
import { createBoard, isColumn, MAX_TITLE } from './board.ts'
import { type BoardErrors, BoardPage } from './board-page.tsx'
import { cardsApi } from './cards-api.ts'
import { createLive } from './live.ts'
import { createPeople } from './people.ts'
import { permissions } from './permissions.ts'
import { people as peopleTable } from './schema.ts'
import { StaffPage } from './staff-page.tsx'

export interface TeamBoardOptions {
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
  /** Aborts when the app is about to stop. */
  readonly stopping?: AbortSignal
}

/** Longest status, in characters. */
const MAX_STATUS = 80

/** A board that is public to read, for signed-in users to change, and for staff to manage. */
export function createApp({
  db,
  now = Date.now,
  auth: options,
  tour,
  stopping,
  ...urls
}: TeamBoardOptions): Hono {
  migrateSqlite(db, { folder: new URL('../drizzle/', import.meta.url), table: '__team_board_migrations' })
  const users = sqliteUsers(db, { table: peopleTable })
  const people = createPeople(db)
  const board = createBoard(db, now)
  const grants = () => ['cards.read', 'cards.write'] as const
  const web = auth({ users, permissions, grants, ...urls, ...options })
  const live = createLive(stopping)
  const house = createHouse({
    product: 'Team board',
    assets: new URL('../assets/', import.meta.url),
    links: (user) => (user.isStaff ? PLACES : []),
    script: 'live.js',
    web,
    tour,
    ...urls,
  })

  function show(c: Context, errors: BoardErrors = {}) {
    const failed = Object.keys(errors).length > 0
    const team = people.all().filter(({ isActive }) => isActive)
    const { user } = c.var
    const content = { user, columns: board.columns(), team, errors, signInUrl: web.signInUrl(c, '/') }
    const title = failed ? 'Error: Team board' : 'Team board'
    const status = failed ? 422 : 200
    const options = { title, status, wide: true, live: user.isAuthenticated } as const
    return house.page(c, options, <BoardPage {...content} />)
  }

  const app = new Hono()
  house.furnish(app)
  house.authenticate(app)

  app.get('/', (c) => show(c))

  app.post('/cards', permissionRequired('cards.write'), async (c) => {
    const { user } = c.var
    const text = (await readForm(c)).text('title')
    const problem = problemOf(text, MAX_TITLE) ?? (text === '' ? 'Enter a task.' : undefined)
    if (problem) return show(c, { title: { text, problem } })
    board.add(user.id, text)
    live.changed()
    return c.redirect('/', 303)
  })

  app.post('/cards/:id{[0-9]+}/move', permissionRequired('cards.write'), async (c) => {
    const column = (await readForm(c)).text('column')
    if (!isColumn(column)) return house.refuse(c, 'malformed')
    if (!board.move(Number(c.req.param('id')), column)) return house.refuse(c, 'not_found')
    live.changed()
    return c.redirect('/', 303)
  })

  app.route('/api/cards', cardsApi(board, live.changed))

  app.post('/status', loginRequired(), async (c) => {
    const { user } = c.var
    const text = (await readForm(c)).text('status')
    const problem = problemOf(text, MAX_STATUS)
    if (problem) return show(c, { status: { text, problem } })
    people.setStatus(user.id, text)
    live.changed()
    return c.redirect('/', 303)
  })

  app.get('/live', loginRequired(), (c) => live.stream(c))
  // A page never learns why its stream was refused.
  app.get('/live/session', loginRequired(), (c) => c.body(null, 204))

  app.get('/staff', staffRequired(), (c) =>
    house.page(c, { title: 'Staff' }, <StaffPage user={c.var.user} people={people.all()} />),
  )

  app.post('/staff/people/:id{[0-9]+}/active', staffRequired(), async (c) => {
    const { user } = c.var
    const person = people.find(Number(c.req.param('id')))
    if (!person || person.id === user.id) return house.refuse(c, 'not_found')
    await users.setActive(person.uuid, (await readForm(c)).text('active') === 'yes')
    web.forget(person.uuid)
    live.changed()
    return c.redirect('/staff', 303)
  })

  return app
}

/** For other users, who only have the board. */
const PLACES = [
  { href: '/', label: 'Board' },
  { href: '/staff', label: 'Staff' },
]

const problemOf = (text: string, limit: number): string | undefined =>
  text.length > limit ? `This text has ${text.length} characters. Shorten it to ${limit}.` : undefined
