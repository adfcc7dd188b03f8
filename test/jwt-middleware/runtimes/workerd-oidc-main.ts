import { apiTokens, createAuth } from '@latchkey/jwt-middleware'
import { type OidcOptions, oidc } from '@latchkey/jwt-middleware/oidc'

let auth: ReturnType<typeof createAuth> | undefined

function open({ client, ...options }: { readonly client: OidcOptions }) {
  return createAuth({ apiTokens, oidc: oidc(client), ...options })
}

/** An app on another domain, of which each page is for signed-in users. */
export default {
  async fetch(request: Request, { OPTIONS }: { readonly OPTIONS: string }) {
    auth ??= open(JSON.parse(OPTIONS))
    const { user, response } = await auth.authenticate(request)
    if (response) return response
    const refused = auth.guard(request, user)
    if (refused) return refused
    const email = user.isAuthenticated ? user.email : ''
    return auth.finish(request, new Response(`Hello, ${email}`))
  },
}
