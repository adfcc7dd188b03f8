import { error, redirect } from '@sveltejs/kit'
import { building } from '$app/env'
import { endless, guardedCases, PUBLIC } from '../../../guarded-cases'
import { web } from '../../latchkey.server'
import type { RequestEvent, RequestHandler } from './$types'

const OPEN: Record<string, (event: RequestEvent) => Response | Promise<Response>> = {
  open: ({ locals }) => Response.json(locals.user),
  public: ({ locals }) => Response.json(locals.user, { headers: PUBLIC }),
  own({ cookies }) {
    cookies.set('own', '1', { path: '/' })
    return new Response('own')
  },
  stream: () => new Response(endless()),
  unchanged: () => new Response(null, { status: 304 }),
  moved: () => redirect(302, '/open'),
  missing: () => error(404, 'No such note'),
  denied: () => error(403, 'Not yours'),
  hang: () => new Promise(() => {}),
}

/** Guards of their own, on the request that the hook has authenticated. */
const GUARDED = building ? {} : guardedCases(web)

export const fallback: RequestHandler = (event) => {
  const path = event.params.case
  const guarded = GUARDED[`/${path}`]
  if (guarded) return guarded(event.request)
  return OPEN[path]?.(event) ?? new Response(null, { status: 404 })
}
