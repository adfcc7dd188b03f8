import { data, redirect } from 'react-router'
import { endless, PUBLIC } from '../../guarded-cases'
import { userContext } from '../latchkey.server'
import type { Route } from './+types/open-cases'

const CASES: Record<string, (args: Route.LoaderArgs) => Response | Promise<Response>> = {
  '/open': ({ context }) => Response.json(context.get(userContext)),
  '/public': ({ context }) => Response.json(context.get(userContext), { headers: PUBLIC }),
  '/own': () => new Response('own', { headers: { 'set-cookie': 'own=1; Path=/' } }),
  '/stream': () => new Response(endless()),
  '/unchanged': () => new Response(null, { status: 304 }),
  '/moved': () => {
    throw redirect('/open')
  },
  '/missing': () => {
    throw data('No such note', { status: 404 })
  },
  '/denied': () => {
    throw new Response('Not yours', { status: 403 })
  },
  '/hang': () => new Promise(() => {}),
}

export const loader = (args: Route.LoaderArgs) => CASES[args.url.pathname]?.(args)
export const action = loader
