/** The app of the cases for adapters, in Bun or Deno. Prints where it listens. */
import { auth, type Connection } from '@latchkey/jwt-middleware/web'
import { cardPermissions } from './card-permissions.ts'
import { webCasesRoutes } from './web-cases-routes.ts'

const web = auth({ permissions: cardPermissions })
const routes = webCasesRoutes(web)
const nothing = web.handle(() => new Response(null, { status: 404 }))
const fetch = (request: Request, from?: Connection) =>
  (routes[new URL(request.url).pathname] ?? nothing)(request, from)

interface Runtime {
  readonly Bun?: { serve(options: object): { readonly port: number } }
  readonly Deno?: { serve(options: object, fetch: unknown): { readonly addr: { readonly port: number } } }
}
const { Bun, Deno } = globalThis as Runtime
const where = { port: 0, hostname: '127.0.0.1' }
const port =
  Bun?.serve({ ...where, fetch, idleTimeout: 60 }).port ??
  Deno?.serve({ ...where, onListen: () => {} }, fetch).addr.port
console.log(`http://127.0.0.1:${port}`)
