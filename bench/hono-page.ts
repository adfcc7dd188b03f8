import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { type Context, type Handler, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { jwt } from 'hono/jwt'
import { type CryptoKey, importJWK, type JWK } from 'jose'
import { ADA, type LocalUsers } from './local-users.ts'
import { COOKIE } from './people.ts'
import { paragraphs, type Variant } from './variants.ts'

type Built = typeof import('../examples/notes/src/app.ts') & typeof import('../examples/notes/src/notes.ts')

/** A page of 2 KB that is there already. */
export async function barePage(variant: Variant, local: LocalUsers, jwk: JWK): Promise<Hono> {
  const app = new Hono()
  await authenticate(app, variant, local, jwk)
  const show = (c: Context) => c.html(`${paragraphs}<p>${userOf(c).email}</p>`)
  app.get('/notes', variant === 'headers by hand' ? keptPrivate(show) : show)
  return app
}

/** The notes app's own page, out of SQLite and templates, with everything that the app mounts. */
export async function notesPage(variant: Variant, local: LocalUsers, jwk: JWK): Promise<Hono> {
  const { createApp, createNotesHouse, showNotes, createNotes } = await builtNotes()
  const { db, options } = local
  // Everybody has as much to read: a page without notes would make its middleware look expensive.
  const notes = createNotes(db, Date.now)
  for (const id of local.ids()) {
    for (const text of ['Buy cheese and bread', 'Call the plumber', 'Read the letter again'])
      notes.add(id, text)
  }
  const { ownUrl, loginUrl } = options
  if (variant === 'Latchkey') return createApp({ db, ownUrl, loginUrl, auth: options })
  const house = createNotesHouse({ ownUrl, loginUrl })
  const app = new Hono()
  house.furnish(app)
  await authenticate(app, variant, local, jwk)
  const showToUser = showNotes(house, notes) as Handler
  const show: Handler = (c, next) => {
    userOf(c)
    return showToUser(c, next)
  }
  app.get('/notes', variant === 'headers by hand' ? keptPrivate(show) : show)
  return app
}

async function builtNotes(): Promise<Built> {
  const built = (path: string) => import(new URL(`../examples/notes/dist/${path}`, import.meta.url).href)
  return { ...(await built('app.js')), ...(await built('notes.js')) }
}

/** Mounts what this variant does about the session. */
async function authenticate(app: Hono, variant: Variant, local: LocalUsers, jwk: JWK): Promise<void> {
  if (variant === 'empty async middleware') {
    app.use(async (_c, next) => {
      await next()
    })
  }
  if (variant === 'Latchkey' || variant === 'Latchkey and a guard') app.use(auth(local.options))
  if (variant === 'Latchkey and a guard') app.use('/notes', loginRequired())
  if (variant === 'jose on every request') {
    app.use(async (c, next) => {
      c.set('user', (await local.byJose(getCookie(c, COOKIE))) as never)
      await next()
    })
  }
  if (variant === 'hono/jwt') {
    // With a CryptoKey, the fastest of the ways to give it one; it imports any other for each request.
    const secret = (await importJWK(jwk, 'ES256')) as CryptoKey
    app.use(jwt({ secret, alg: 'ES256', cookie: COOKIE }))
    app.use(async (c, next) => {
      c.set('user', local.follow(c.get('jwtPayload') as Record<string, unknown>) as never)
      await next()
    })
  }
}

/** Keeps a page about a person out of shared caches, as Latchkey does and Hono's documentation shows it. */
function keptPrivate(handler: Handler): Handler {
  return (c, next) => {
    c.header('Cache-Control', 'private, no-store')
    c.header('Vary', 'Cookie')
    return handler(c, next)
  }
}

/** The page shows who is looking, whatever put them there. */
function userOf(c: Context): typeof ADA {
  if (!c.get('user')) c.set('user', ADA as never)
  return c.get('user') as never
}
