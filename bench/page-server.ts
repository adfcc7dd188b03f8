import { serve } from '@hono/node-server'
import { auth } from '@latchkey/jwt-middleware/hono'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { jwt } from 'hono/jwt'
import { type CryptoKey, createLocalJWKSet, importJWK, type JWK, jwtVerify } from 'jose'
import { COOKIE, ISSUER, NO_REVOCATIONS, OWN_URL } from './people.ts'

/** What the page does about the session. */
export type Variant = 'nothing' | 'empty async middleware' | 'Latchkey' | 'jose on every request' | 'hono/jwt'
/** `2 KB`: a page that is there already. `notes`: the notes app's own page, out of SQLite and JSX. */
export type PageKind = '2 KB' | 'notes'

const [variant, kind, keyJson] = process.argv.slice(2) as [Variant, PageKind, string]
const jwk = JSON.parse(keyJson) as JWK
const db = new Database(':memory:')
const users = sqliteUsers(db)
const app = new Hono()

if (variant === 'empty async middleware') {
  app.use(async (_c, next) => {
    await next()
  })
}
if (variant === 'Latchkey') {
  const fetch = async () => Response.json({ keys: [jwk] })
  app.use(auth({ users, loginUrl: `${ISSUER}/login`, ownUrl: OWN_URL, fetch, revocations: NO_REVOCATIONS }))
}
if (variant === 'jose on every request') {
  const keys = createLocalJWKSet({ keys: [jwk] })
  const expected = { issuer: ISSUER, audience: 'bench.localhost', typ: 'at+jwt', algorithms: ['ES256'] }
  app.use(async (c, next) => {
    const { payload } = await jwtVerify(getCookie(c, COOKIE) ?? '', keys, expected)
    setLocalUser(c, payload)
    await next()
  })
}
if (variant === 'hono/jwt') {
  // With a CryptoKey, the fastest of the ways to give it one; it imports any other for each request.
  const secret = (await importJWK(jwk, 'ES256')) as CryptoKey
  app.use(jwt({ secret, alg: 'ES256', cookie: COOKIE }))
  app.use(async (c, next) => {
    setLocalUser(c, c.get('jwtPayload') as Record<string, unknown>)
    await next()
  })
}

const byUuid = db.prepare('SELECT id FROM latchkey_users WHERE uuid = ?').pluck()

/** What an app without Latchkey does next: whose notes are these? */
function setLocalUser(c: Context, claims: Record<string, unknown>): void {
  const id = kind === 'notes' ? (byUuid.get(claims.user_uuid) as number | undefined) : 1
  c.set('user', { isAuthenticated: true, id: id ?? 1, email: claims.user_email, firstName: 'Ada' } as never)
}

const NOBODY_ELSE = { isAuthenticated: true, id: 1, email: 'person@example.com', firstName: 'Ada' } as const
const userOf = (c: Context) => (c.get('user') ?? NOBODY_ELSE) as typeof NOBODY_ELSE

app.get('/notes', kind === '2 KB' ? readyPage() : await notesPage())

function readyPage() {
  const text = `<!doctype html><title>Notes</title><p>${'All the notes there are. '.repeat(80)}</p>`
  return (c: Context) => c.html(`${text}<p>${userOf(c).email}</p>`)
}

async function notesPage() {
  const built = (path: string) => import(new URL(`../examples/${path}`, import.meta.url).href)
  const { createNotes } = (await built(
    'notes/dist/notes.js',
  )) as typeof import('../examples/notes/src/notes.ts')
  const { notesPage } = (await built(
    'notes/dist/pages.js',
  )) as typeof import('../examples/notes/src/pages.ts')
  const { createHouse } = (await built('house-style/dist/index.js')) as typeof import('@latchkey/house-style')
  users.register('00000000-0000-4000-8000-000000000000')
  const notes = createNotes(db, Date.now)
  for (const text of ['Buy cheese and bread', 'Call the plumber', 'Read the letter again']) notes.add(1, text)
  const house = createHouse({
    product: 'Notes',
    assets: new URL('../examples/notes/assets/', import.meta.url),
    links: () => [],
    ownUrl: OWN_URL,
    loginUrl: `${ISSUER}/login`,
  })
  return (c: Context) => house.page(c, { title: 'Your notes' }, notesPage(notes.page(userOf(c).id)))
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
