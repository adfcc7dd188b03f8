import { isSafeMethod } from '@latchkey/jwt-middleware'
import { Hono } from 'hono'
import type { Service } from '../../../service.ts'
import { refuse } from '../../components/error-page.tsx'
import { noStore } from '../../middleware/no-store.ts'
import { type AdminEnv, requireStaff } from '../../middleware/require-staff.ts'
import { requireProof } from '../account/confirm-page.tsx'
import { appsPage } from './apps-page.tsx'
import { auditLogPage } from './audit-log-page.tsx'
import { dashboardPage } from './dashboard-page.tsx'
import { groupPage } from './group-page.tsx'
import { groupsPage } from './groups-page.tsx'
import { invitationsPage } from './invitations-page.tsx'
import { userPage } from './user-page.tsx'
import { usersPage } from './users-page.tsx'

/** `/admin`: everything there is to administer. Each section of sections.ts is mounted here. */
export function adminRoutes(service: Service): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>()
  app.use('/admin/*', noStore, requireStaff(service, refuse))
  const proof = requireProof(service)
  app.use('/admin/*', (c, next) => (isSafeMethod(c.req.method) ? next() : proof(c, next)))
  app.route('/', dashboardPage(service))
  app.route('/', usersPage(service))
  app.route('/', userPage(service))
  app.route('/', groupsPage(service))
  app.route('/', groupPage(service))
  app.route('/', appsPage(service))
  app.route('/', invitationsPage(service))
  app.route('/', auditLogPage(service))
  return app
}
