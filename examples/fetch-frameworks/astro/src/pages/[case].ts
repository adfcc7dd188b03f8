import type { APIContext, APIRoute } from 'astro'
import { endless, guardedCases, PUBLIC } from '../../guarded-cases'
import { latchkey } from '../latchkey'

const OPEN: Record<string, (context: APIContext) => Response | Promise<Response>> = {
  open: ({ locals }) => Response.json(locals.user),
  public: ({ locals }) => Response.json(locals.user, { headers: PUBLIC }),
  own({ cookies }) {
    cookies.set('own', '1', { path: '/' })
    return new Response('own')
  },
  stream: () => new Response(endless()),
  unchanged: () => new Response(null, { status: 304 }),
  moved: ({ redirect }) => redirect('/open'),
  // Astro has no errors with a status: it shows the site's page for an empty answer.
  missing: () => new Response(null, { status: 404 }),
  denied: () => new Response(null, { status: 403 }),
  hang: () => new Promise(() => {}),
}

/** Guards of their own, on the request that the middleware has authenticated. */
export const ALL: APIRoute = (context) => {
  const { case: path = '' } = context.params
  const guarded = guardedCases(latchkey())[context.url.pathname]
  if (guarded) return guarded(context.request)
  return OPEN[path]?.(context) ?? context.rewrite('/404')
}
