import type { Context, MiddlewareHandler } from 'hono'
import type { Actor } from '../../events/audit-log.ts'
import type { Service } from '../../service.ts'
import { type Account, requireSession } from './require-session.ts'

export type AdminEnv = { Variables: { account: Account } }
export type AdminContext = Context<AdminEnv>

/** Why a signed-in user is rejected. */
export type AdminRefusal = 'staff_only' | 'superusers_only'

/** Whether the signed-in user may change things here. */
export const mayWrite = (c: AdminContext): boolean => c.var.account.user.isSuperuser

/** The actor, for the audit log. */
export const actorOf = (c: AdminContext): Actor => ({
  uuid: c.var.account.user.uuid,
  device: c.var.device,
})

/**
 * Lets staff and superusers read, and superusers write, according to the database. Anonymous visitors are redirected to
 * the login page; other users get the response of `refuse`, and never a redirect.
 */
export function requireStaff(
  service: Service,
  refuse: (c: AdminContext, reason: AdminRefusal) => Response | Promise<Response>,
): MiddlewareHandler<AdminEnv> {
  const live = requireSession(service)
  return (c, next) =>
    live(c, async () => {
      const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
      const { isStaff } = c.var.account.user
      if (!isStaff && !mayWrite(c)) c.res = await refuse(c, 'staff_only')
      else if (!reads && !mayWrite(c)) c.res = await refuse(c, 'superusers_only')
      else await next()
    })
}
