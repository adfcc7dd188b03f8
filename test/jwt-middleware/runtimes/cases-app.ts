import {
  type Auth,
  type AuthOptions,
  apiTokens,
  createAuth,
  definePermissions,
  type TokenUser,
  type User,
} from '@latchkey/jwt-middleware'

type Answer = (request: Request, user: User | TokenUser) => Response | Promise<Response>
type Guard = (request: Request, user: User) => Response | TokenUser | null | Promise<Response | null>
type Route = readonly [guard: Guard | null, answer: Answer]

const show: Answer = (_request, user) => Response.json(user)
const showPublic: Answer = (_request, user) =>
  Response.json(user, { headers: { 'cache-control': 'public, max-age=60', vary: 'Accept' } })

const routesOf = (auth: Auth): Readonly<Record<string, Route>> => ({
  '/open': [null, show],
  '/private': [auth.guard, show],
  '/staff': [auth.guardStaff, show],
  '/superuser': [auth.guardSuperuser, show],
  '/fresh': [auth.guardFresh, show],
  '/team': [(request, user) => auth.guardPermissions(request, user, ['cards.read']), show],
  '/group': [(request, user) => auth.guardGroups(request, user, ['team']), show],
  '/cards': [(request, user) => auth.guardToken(request, user, ['cards.read']), show],
  '/echo': [auth.guard, async (request) => new Response(await request.text())],
  '/live': [auth.guard, show],
  '/public': [null, showPublic],
  '/guarded/public': [auth.guard, showPublic],
  '/own': [null, () => new Response('own', { headers: { 'set-cookie': 'own=1' } })],
  '/stream': [
    null,
    () => {
      const start = (stream: ReadableStreamDefaultController) =>
        stream.enqueue(new TextEncoder().encode('one'))
      return new Response(new ReadableStream({ start }))
    },
  ],
  '/unchanged': [null, () => new Response(null, { status: 304 })],
  '/moved': [null, () => new Response(null, { status: 302, headers: { location: '/open' } })],
  '/broken': [
    null,
    () => {
      throw new Error('broken on purpose')
    },
  ],
  '/missing': [null, () => new Response('No such note', { status: 404 })],
  '/denied': [null, () => new Response('Not yours', { status: 403 })],
  '/hang': [null, () => new Promise(() => setTimeout(() => {}, 60_000))],
  '/status': [null, () => Response.json(auth.status())],
  '/granted': [(request, user) => auth.guardPermissions(request, user, ['cards.write']), show],
  '/signal': [auth.guard, (_request, { signal }) => Response.json(signal?.aborted)],
})

const unknown: Route = [null, () => new Response('Not found', { status: 404 })]

export interface CasesOptions extends AuthOptions {
  /** Default: `true`. */
  readonly takesApiTokens?: boolean
}

/** The app of `docs/frameworks/your-own.md`, on the root of the package: the same in every runtime. */
export function createApp({ takesApiTokens = true, ...options }: CasesOptions) {
  const deleted: string[] = []
  const auth = createAuth({
    permissions: definePermissions({ 'cards.read': ['team'], 'cards.write': [] }),
    grants: ({ email }) => (email.startsWith('granted') ? ['cards.write'] : []),
    onUserDeleted: (uuid) => void deleted.push(uuid),
    ...(takesApiTokens && { apiTokens }),
    ...options,
  })
  const routes: Readonly<Record<string, Route>> = {
    ...routesOf(auth),
    '/deleted': [null, () => Response.json(deleted)],
  }

  async function answer(request: Request): Promise<Response> {
    const { user, response } = await auth.authenticate(request)
    if (response) return response
    const { pathname } = new URL(request.url)
    if (pathname === '/sign-out') return auth.signOut(request)
    const [guard, handle] = routes[pathname] ?? unknown
    const found = guard ? await guard(request, user) : null
    if (found instanceof Response) return found
    return auth.finish(request, await answerOf(() => handle(request, found ?? user)))
  }
  return { auth, fetch: answer }
}

async function answerOf(handle: () => Response | Promise<Response>): Promise<Response> {
  try {
    return await handle()
  } catch (error) {
    return new Response((error as { code?: string }).code ?? 'Something went wrong.', { status: 500 })
  }
}
