import type { FetchHandler, TokenUser, User, WebAuth } from '@latchkey/jwt-middleware/web'

const show = (_request: Request, who: User | TokenUser) => Response.json(who)
const showPublic = (_request: Request, who: User) =>
  Response.json(who, { headers: { 'cache-control': 'public, max-age=60', vary: 'Accept' } })

/** One piece, and no end. */
const endless = () =>
  new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('one')) })

/** The routes of `docs/frameworks/your-own.md`, for any server of the Fetch standard. */
export const webCasesRoutes = (web: WebAuth): Readonly<Record<string, FetchHandler>> => ({
  '/open': web.handle(show),
  '/private': web.loginRequired(show),
  '/staff': web.staffRequired(show),
  '/team': web.permissionRequired('cards.read', show),
  '/cards': web.tokenRequired({ scopes: ['cards.read'] }, show),
  '/echo': web.loginRequired(async (request) => new Response(await request.text())),
  '/live': web.loginRequired(show),
  '/public': web.handle(showPublic),
  '/guarded/public': web.loginRequired(showPublic),
  '/own': web.handle(() => new Response('own', { headers: { 'set-cookie': 'own=1' } })),
  '/stream': web.handle(() => new Response(endless())),
  '/unchanged': web.handle(() => new Response(null, { status: 304 })),
  // Its head can't be changed.
  '/moved': web.handle(({ url }) => Response.redirect(new URL('/open', url), 302)),
  '/broken': web.handle(() => {
    throw new Error('broken on purpose')
  }),
  '/missing': web.handle(() => new Response('No such note', { status: 404 })),
  '/denied': web.handle(() => new Response('Not yours', { status: 403 })),
  '/hang': web.handle(() => new Promise(() => {})),
  '/sign-out': web.signOut(),
})
