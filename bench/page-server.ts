import { serve } from '@hono/node-server'
import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { type Context, type Handler, Hono, type Next } from 'hono'
import { getCookie } from 'hono/cookie'
import { jwt } from 'hono/jwt'
import { type CryptoKey, createRemoteJWKSet, customFetch, importJWK, type JWK, jwtVerify } from 'jose'
import { COOKIE, ISSUER, NO_REVOCATIONS, OWN_URL, uuidOf } from './people.ts'

/** What the page does about the session. */
export type Variant =
  | 'nothing'
  | 'headers by hand'
  | 'empty async middleware'
  | 'Latchkey'
  | 'Latchkey and a guard'
  | 'jose on every request'
  | 'hono/jwt'
/** `2 KB`: a page that is there already. `notes`: the notes app's own page, out of SQLite and templates. */
export type PageKind = '2 KB' | 'notes'

const [variant, kind, keyJson, people] = process.argv.slice(2) as [Variant, PageKind, string, string]
const jwk = JSON.parse(keyJson) as JWK
const db = new Database(':memory:')
const users = sqliteUsers(db)
for (let person = 0; person < Number(people); person++) users.register(uuidOf(person))
const app = new Hono()
const fetchKeys = async () => Response.json({ keys: [jwk] })

if (variant === 'empty async middleware') {
  app.use(async (_c, next) => {
    await next()
  })
}
if (variant === 'Latchkey' || variant === 'Latchkey and a guard') {
  const options = { loginUrl: `${ISSUER}/login`, ownUrl: OWN_URL, revocations: NO_REVOCATIONS }
  app.use(auth({ users, fetch: fetchKeys, ...options }))
  if (variant === 'Latchkey and a guard') app.use('/notes', loginRequired())
}
if (variant === 'jose on every request') {
  // As its documentation shows it for keys that may turn; the fetch is answered here, as Latchkey's is.
  const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), { [customFetch]: fetchKeys })
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

interface LocalUser {
  readonly id: number
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  readonly is_staff: number
  readonly is_superuser: number
  readonly is_active: number
}

const COLUMNS = 'id, email, first_name, last_name, is_staff, is_superuser, is_active'
const byUuid = db.prepare<[string], LocalUser>(`SELECT ${COLUMNS} FROM latchkey_users WHERE uuid = ?`)
const follow = db.prepare(
  'UPDATE latchkey_users SET email = ?, first_name = ?, last_name = ?, is_staff = ?, is_superuser = ? WHERE id = ?',
)

/** What an app does next that has no Latchkey, and keeps its row of this person in step with the token. */
function setLocalUser(c: Context, claims: Record<string, unknown>): void {
  const { user_email: email, user_first_name: firstName, user_last_name: lastName } = claims
  const [isStaff, isSuperuser] = [Number(claims.user_is_staff), Number(claims.user_is_superuser)]
  const row = byUuid.get(claims.user_uuid as string) as LocalUser
  if (
    row.email !== email ||
    row.first_name !== firstName ||
    row.last_name !== lastName ||
    row.is_staff !== isStaff ||
    row.is_superuser !== isSuperuser
  ) {
    follow.run(email, firstName, lastName, isStaff, isSuperuser, row.id)
  }
  c.set('user', { isAuthenticated: row.is_active === 1, id: row.id, email, firstName, lastName } as never)
}

const NOBODY_ELSE = {
  isAuthenticated: true,
  id: 1,
  email: 'person@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
}

/** The page shows who is looking, whatever put them there: all contenders draw the same one. */
function userOf(c: Context): typeof NOBODY_ELSE {
  if (!c.get('user')) c.set('user', NOBODY_ELSE as never)
  return c.get('user') as never
}

const page = kind === '2 KB' ? readyPage() : await notesPage()
app.get('/notes', variant === 'headers by hand' ? keptPrivate(page) : page)

/** Keeps a page about a person out of shared caches, as Latchkey does and Hono's documentation shows it. */
function keptPrivate(handler: Handler): Handler {
  return (c, next) => {
    c.header('Cache-Control', 'private, no-store')
    c.header('Vary', 'Cookie')
    return handler(c, next)
  }
}

function readyPage() {
  const text = `<!doctype html><title>Notes</title><p>${'All the notes there are. '.repeat(80)}</p>`
  return (c: Context) => c.html(`${text}<p>${userOf(c).email}</p>`)
}

async function notesPage() {
  const built = (path: string) => import(new URL(`../examples/notes/dist/${path}`, import.meta.url).href)
  const { createNotes } = (await built('notes.js')) as typeof import('../examples/notes/src/notes.ts')
  const { createNotesHouse, showNotes } = (await built(
    'app.js',
  )) as typeof import('../examples/notes/src/app.ts')
  const notes = createNotes(db, Date.now)
  // Everybody has as much to read: a page without notes would make its middleware look cheap.
  for (let person = 0; person < Number(people); person++) {
    const { id } = byUuid.get(uuidOf(person)) as LocalUser
    for (const text of ['Buy cheese and bread', 'Call the plumber', 'Read the letter again'])
      notes.add(id, text)
  }
  const show = showNotes(createNotesHouse({ ownUrl: OWN_URL, loginUrl: `${ISSUER}/login` }), notes)
  return (c: Context, next: Next) => {
    userOf(c)
    return show(c, next)
  }
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
