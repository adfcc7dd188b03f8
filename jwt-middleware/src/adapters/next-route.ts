import { headers } from 'next/headers.js'
import type { NextRequest } from 'next/server.js'
import { defaultLogger } from '../contract/log.ts'
import type { TokenUser, User } from '../users/user.ts'
import { finishResponse } from './finish-response.ts'
import type { Check } from './guard-set.ts'
import { setAllCookies } from './next-cookies.ts'
import { navigation } from './next-navigation.ts'
import type { NextOptions, SharedAuth } from './next-registry.ts'
import { handlerRequest } from './next-requests.ts'

/** A route handler; the context is what Next passes: `{ params }`. */
export type RouteHandler<Context = unknown> = (request: NextRequest, context: Context) => Promise<Response>

/** Handles a request whose user passed the guard. */
export type GuardedHandler<Who, Context = unknown> = (
  request: NextRequest,
  user: Who,
  context: Context,
) => Response | Promise<Response>

/** A route handler that lets a request pass after a check, or always. */
export type CreateRoute = (check: Check | null, handler: GuardedHandler<never>) => RouteHandler

export function createRoutes(shared: SharedAuth, { log = defaultLogger }: NextOptions): CreateRoute {
  return (check, handler) => async (request, context) => {
    // It stops a build, which has no settings, and would keep what a GET answers.
    await headers()
    const { core } = shared.open()
    const asked = handlerRequest(request)
    const { user, setCookies, refusal } = await core.authenticate(asked)
    const readable = core.cors?.headers(asked) ?? null
    const finish = (response: Response) =>
      finishResponse(response, { setCookies, readable, isGuarded: check !== null })
    let caller: User | TokenUser = user
    const setCaller = (holder: TokenUser) => {
      caller = holder
    }
    const answer = refusal ?? (await check?.(core, asked, user, setCaller)) ?? null
    if (answer) return finish(answer)
    // The proxy has set them, where it ran. The handler reads these in Next's cookies().
    if (setCookies.length > 0) await setAllCookies(setCookies)
    try {
      return finish(await handler(request, caller as never, context))
    } catch (error) {
      if (setCookies.length === 0) throw error
      const thrown = answerTo(error)
      if (thrown !== null) return finish(new Response(null, thrown))
      const { unstable_rethrow } = await navigation()
      unstable_rethrow(error)
      log.warn({ event: 'handler_failed', err: error }, 'a handler threw an error')
      return finish(new Response('Internal Server Error', { status: 500 }))
    }
  }
}

/**
 * What Next answers to `notFound()`, `forbidden()`, `unauthorized()` and `redirect()`: its own answers would lose the
 * cookies, or let caches store them. `null` for other errors. The digest is what Next itself looks at.
 */
function answerTo(error: unknown): ResponseInit | null {
  const digest = typeof error === 'object' && error !== null && 'digest' in error ? String(error.digest) : ''
  const refused = /^NEXT_HTTP_ERROR_FALLBACK;(40[134])$/.exec(digest)?.[1]
  if (refused !== undefined) return { status: Number(refused) }
  const [, location, status] = /^NEXT_REDIRECT;(?:push|replace);(.+);(30[378]);$/s.exec(digest) ?? []
  return location === undefined ? null : { status: Number(status), headers: { location } }
}
