import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { type Context, type Handler, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { jwt } from 'hono/jwt'
import { type CryptoKey, importJWK, type JWK } from 'jose'
import type { LocalUsers, PageUser } from './local-users.ts'
import { COOKIE } from './people.ts'
import { paragraphs, type Variant } from './variants.ts'

type Built = typeof import('../examples/notes/src/app.ts') & typeof import('../examples/notes/src/notes.ts')

/** A prepared page of 2 KB. */
export async function barePage(variant: Variant, local: LocalUsers, jwk: JWK): Promise<Hono> {
  const app = new Hono()
  await authenticate(app, variant, local, jwk)
  const show = (c: Context) => c.html(`${paragraphs}<p>${userOf(c, local).email}</p>`)
  app.get('/notes', variant === 'headers by hand' ? keptPrivate(show) : show)
  return app
}

/** The notes app's own page, from SQLite and templates, with everything that the app mounts. */
export async function notesPage(variant: Variant, local: LocalUsers, jwk: JWK): Promise<Hono> {
  const { createApp, createNotesHouse, showNotes, createNotes } = await builtNotes()
  const { db, options } = local
  // Every user has the same number of notes: a page without notes would make the middleware look expensive.
  const notes = createNotes(db, Date.now)
  for (const id of local.ids()) {
    for (const text of ['Buy cheese and bread', 'Call the plumber', 'Read the letter again'])
      notes.add(id, text)
  }
  const { ownUrl, loginUrl } = options
  if (variant === 'Latchkey') return createApp({ db, ownUrl, loginUrl, auth: options })
  const house = createNotesHouse({ ownUrl, loginUrl, web: auth(options) })
  const app = new Hono()
  house.furnish(app)
  await authenticate(app, variant, local, jwk)
  const showToUser = showNotes(house, notes) as Handler
  const show: Handler = (c, next) => {
    userOf(c, local)
    return showToUser(c, next)
  }
  app.get('/notes', variant === 'headers by hand' ? keptPrivate(show) : show)
  return app
}

async function builtNotes(): Promise<Built> {
  const built = (path: string) => import(new URL(`../examples/notes/dist/${path}`, import.meta.url).href)
  return { ...(await built('app.js')), ...(await built('notes.js')) }
}

/** Mounts the authentication of this variant. */
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
    // A CryptoKey is the fastest option; any other key is imported again for each request.
    const secret = (await importJWK(jwk, 'ES256')) as CryptoKey
    app.use(jwt({ secret, alg: 'ES256', cookie: COOKIE }))
    app.use(async (c, next) => {
      c.set('user', local.follow(c.get('jwtPayload') as Record<string, unknown>) as never)
      await next()
    })
  }
}

/** Keeps a user's page out of shared caches, as Latchkey does and as Hono's documentation shows. */
function keptPrivate(handler: Handler): Handler {
  return (c, next) => {
    c.header('Cache-Control', 'private, no-store')
    c.header('Vary', 'Cookie')
    return handler(c, next)
  }
}

/** The page shows the user, for every kind of authentication. */
function userOf(c: Context, local: LocalUsers): PageUser {
  if (!c.get('user')) c.set('user', local.nextUser() as never)
  return c.get('user') as never
}
