import { apiTokens, definePermissions } from '@latchkey/jwt-middleware'
import { honoCasesApp } from '../support/hono-cases-app.ts'

let app: ReturnType<typeof honoCasesApp> | undefined

export default {
  fetch(request: Request, { OPTIONS }: { readonly OPTIONS: string }) {
    const permissions = definePermissions({ 'cards.read': ['team'] })
    app ??= honoCasesApp({ permissions, apiTokens, ...JSON.parse(OPTIONS) })
    return app.fetch(request)
  },
}
