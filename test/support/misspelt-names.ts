/** What an app says once about its permissions. */
export const PERMISSIONS = `
import { definePermissions, type NamesOf } from '@latchkey/jwt-middleware'
export const permissions = definePermissions({ 'cards.read': ['team'], 'cards.write': ['team'] })
declare module '@latchkey/jwt-middleware' {
  interface KnownPermissions extends NamesOf<typeof permissions> {}
}
`

const withGuards = (name: string, guards: string): string => `
${guards}.permissionRequired('cards.read')
${guards}.tokenRequired({ scopes: ['cards.read', 'cards.write'] })
// @ts-expect-error: misspelt, in ${name}
${guards}.permissionRequired('cards.raed')
// @ts-expect-error: misspelt, in ${name}
${guards}.permissionRequired('cards.read', 'cards.wirte')
// @ts-expect-error: misspelt, in ${name}
${guards}.tokenRequired({ scopes: ['cards.read', 'cards.wirte'] })
`

const withUser = (entry: string): string => `
declare const of_${entry}: ${entry}.AuthenticatedUser | ${entry}.User | ${entry}.TokenUser
of_${entry}.can('cards.read')
// @ts-expect-error: misspelt, in user.can of ${entry}
of_${entry}.can('cards.raed')
`

const WITH_MODULE_GUARDS = ['hono', 'express', 'koa', 'fastify']
const ENTRIES = [...WITH_MODULE_GUARDS, 'node', 'web']

/** A module in which every entry is asked for permissions by their names, and by names that are misspelt. */
export const MISSPELT_NAMES = [
  ...ENTRIES.map((entry) => `import * as ${entry} from '@latchkey/jwt-middleware/${entry}'`),
  ...WITH_MODULE_GUARDS.map((entry) => withGuards(`/${entry}`, entry)),
  ...ENTRIES.map((entry) => withGuards(`what auth() of /${entry} returns`, `${entry}.auth()`)),
  ...ENTRIES.map(withUser),
].join('\n')

/** The same for Next, which the apps that use the packed packages have not installed. */
export const NAMES_OF_NEXT = `
import * as next from '@latchkey/jwt-middleware/next'
const web = next.auth()
const answer = () => new Response()
web.permissionRequired('cards.read')
web.permissionRequired('cards.read', 'cards.write', answer)
web.tokenRequired({ scopes: ['cards.read'] }, answer)
// @ts-expect-error: misspelt, in a page
web.permissionRequired('cards.raed')
// @ts-expect-error: misspelt, in a route handler
web.permissionRequired('cards.read', 'cards.wirte', answer)
// @ts-expect-error: misspelt, in scopes
web.tokenRequired({ scopes: ['cards.wirte'] }, answer)
${withUser('next')}
export const email: Promise<string> = web.loginRequired().then((user) => user.email)
type Context = { params: Promise<{ id: string }> }
export const GET: (request: never, context: Context) => Promise<Response> = web.loginRequired(
  async (request, user, { params }: Context) => Response.json([request.nextUrl.href, user.email, (await params).id]),
)
`
