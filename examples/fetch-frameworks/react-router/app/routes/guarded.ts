import { guardedCases } from '../../guarded-cases'
import { latchkey } from '../latchkey.server'
import type { Route } from './+types/guarded'

/** Guards of their own, on the request that the root has authenticated. */
export const loader = ({ request, url }: Route.LoaderArgs) =>
  guardedCases(latchkey())[url.pathname]?.(request)
export const action = loader
