import type { FetchHandler, TokenUser, User, WebAuth } from '@latchkey/jwt-middleware/web'

const show = (_request: Request, who: User | TokenUser) => Response.json(who)

/** Caching headers that a guard must narrow. */
export const PUBLIC = { 'cache-control': 'public, max-age=60', vary: 'Accept' }

/**
 * The guarded routes of `docs/frameworks/your-own.md`, by path. What has no guard is each app's own, in the way of its
 * framework.
 */
export const guardedCases = (web: WebAuth): Readonly<Record<string, FetchHandler>> => ({
  '/private': web.loginRequired(show),
  '/staff': web.staffRequired(show),
  '/team': web.permissionRequired('cards.read', show),
  '/cards': web.tokenRequired({ scopes: ['cards.read'] }, show),
  '/echo': web.loginRequired(async (request) => new Response(await request.text())),
  '/live': web.loginRequired(show),
  '/guarded/public': web.loginRequired((_request, user) => Response.json(user, { headers: PUBLIC })),
})

/** One piece, and no end. */
export const endless = () =>
  new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('one')) })
