import { Hono } from 'hono'
import type { Service } from '../service.ts'
import { endpointsForApps } from './endpoints/app-endpoints.ts'
import { oidcProgramEndpoints } from './endpoints/oidc-program-endpoints.ts'
import { limitBody } from './forms/body.ts'
import { logFailure } from './middleware/failure-log.ts'
import { identifyClient } from './middleware/request-client.ts'
import { identifyRequest, logRequests } from './middleware/request-log.ts'
import { outageProblem, problem } from './problems.ts'

/** What INTERNAL_PORT serves: the endpoints for apps, with room for all of their streams, and no page. */
export function createInternalApp(service: Service): Hono {
  const { log } = service
  const app = new Hono()
  app.use(identifyClient(service), identifyRequest(), logRequests(service))
  app.use(limitBody(() => problem('too_large', { title: 'Request too large' })))
  app.route('/', endpointsForApps(service, { internal: true }))
  app.route('/', oidcProgramEndpoints(service))
  app.notFound(() =>
    problem('not_found', {
      title: 'Not found',
      detail: 'This address is for apps only. It has no pages.',
    }),
  )
  app.onError((error, c) => {
    const outage = logFailure(log, c, error)
    return outage ? outageProblem() : problem('failed', { title: 'Something went wrong' })
  })
  return app
}
