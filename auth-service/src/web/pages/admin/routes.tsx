import { isSafeMethod } from '@latchkey/jwt-middleware/contract'
import { Hono } from 'hono'
import { refuse } from '../../components/error-page.tsx'
import { requireProof } from '../../middleware/require-proof.ts'
import { type AdminEnv, requireStaff } from '../../middleware/require-staff.ts'
import { noStore } from '../../middleware/security-headers.ts'
import type { Web } from '../../web.ts'
import { appOidcPage } from './app-oidc-page.tsx'
import { appRulesPage } from './app-rules-page.tsx'
import { appSamlPage } from './app-saml-page.tsx'
import { appsPage } from './apps-page.tsx'
import { auditLogPage } from './audit-log-page.tsx'
import { dashboardPage } from './dashboard-page.tsx'
import { groupPage } from './group-page.tsx'
import { groupsPage } from './groups-page.tsx'
import { invitationsPage } from './invitations-page.tsx'
import { permissionsPage } from './permissions-page.tsx'
import { userPage } from './user-page.tsx'
import { usersPage } from './users-page.tsx'

/** `/admin`: the administration. Mounts each section of sections.ts. */
export function adminRoutes(web: Web): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>()
  app.use('/admin/*', noStore, requireStaff(web, refuse))
  const proof = requireProof(web)
  app.use('/admin/*', (c, next) => (isSafeMethod(c.req.method) ? next() : proof(c, next)))
  app.route('/', dashboardPage(web))
  app.route('/', usersPage(web))
  app.route('/', userPage(web))
  app.route('/', groupsPage(web))
  app.route('/', groupPage(web))
  app.route('/', appsPage(web))
  app.route('/', appRulesPage(web))
  app.route('/', appOidcPage(web))
  app.route('/', appSamlPage(web))
  app.route('/', permissionsPage(web))
  app.route('/', invitationsPage(web))
  app.route('/', auditLogPage(web))
  return app
}
