import { defineHandler, type H3Event, HTTPError, redirect, setCookie } from 'nitro/h3'
import { endless, guardedCases, PUBLIC } from '../../guarded-cases.ts'
import { latchkey } from '../latchkey.ts'

const OPEN: Record<string, (event: H3Event) => unknown> = {
  '/open': ({ context }) => Response.json(context.user),
  '/public': ({ context }) => Response.json(context.user, { headers: PUBLIC }),
  '/own'(event) {
    setCookie(event, 'own', '1')
    return 'own'
  },
  '/stream': () => endless(),
  '/unchanged': () => new Response(null, { status: 304 }),
  '/moved': () => redirect('/open'),
  '/missing'() {
    throw HTTPError.status(404)
  },
  '/denied'() {
    throw new HTTPError({ status: 403, message: 'Not yours', headers: { 'x-own': '1' } })
  },
  '/hang': () => new Promise(() => {}),
}

/** Guards of their own, on the request that the middleware has authenticated. */
export default defineHandler((event) => {
  const { pathname } = event.url
  const guarded = guardedCases(latchkey())[pathname]
  if (guarded) return guarded(event.req)
  const open = OPEN[pathname]
  if (!open) throw new HTTPError({ status: 404 })
  return open(event)
})
