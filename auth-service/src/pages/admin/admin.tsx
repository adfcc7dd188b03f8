import { isSafeMethod } from '@latchkey/jwt-middleware'
import { Hono } from 'hono'
import { type AdminEnv, liveAdmin } from '../../http/live-admin.ts'
import { privately } from '../../http/private.ts'
import type { Service } from '../../service.ts'
import { requireProof } from '../account/confirm.tsx'
import { refuse } from '../refusals.tsx'
import { appsPage } from './apps.tsx'
import { auditPage } from './audit.tsx'
import { dashboardPage } from './dashboard.tsx'
import { groupPage } from './group.tsx'
import { groupsPage } from './groups.tsx'
import { invitationsPage } from './invitations.tsx'
import { peoplePage } from './people.tsx'
import { personPage } from './person.tsx'

/** `/admin`: everything there is to administer. Each section of sections.ts is mounted here. */
export function adminPages(service: Service): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>()
  app.use('/admin/*', privately, liveAdmin(service, refuse))
  const proof = requireProof(service)
  app.use('/admin/*', (c, next) => (isSafeMethod(c.req.method) ? next() : proof(c, next)))
  app.route('/', dashboardPage(service))
  app.route('/', peoplePage(service))
  app.route('/', personPage(service))
  app.route('/', groupsPage(service))
  app.route('/', groupPage(service))
  app.route('/', appsPage(service))
  app.route('/', invitationsPage(service))
  app.route('/', auditPage(service))
  return app
}
