import { apiTokens, definePermissions } from '@latchkey/jwt-middleware'
import { auth, type FetchHandler } from '@latchkey/jwt-middleware/web'
import { webCasesRoutes } from '../support/web-cases-routes.ts'

let routes: Readonly<Record<string, FetchHandler>> | undefined

function open(options: object) {
  const web = auth({ permissions: definePermissions({ 'cards.read': ['team'] }), apiTokens, ...options })
  return { ...webCasesRoutes(web), unknown: web.handle(() => new Response('Not found', { status: 404 })) }
}

export default {
  fetch(request: Request, { OPTIONS }: { readonly OPTIONS: string }) {
    routes ??= open(JSON.parse(OPTIONS))
    return (routes[new URL(request.url).pathname] ?? (routes.unknown as FetchHandler))(request)
  },
}
