import { setTimeout } from 'node:timers/promises'
import { CONTRACT_HEADER, isSameOrigin, readContract } from '@latchkey/jwt-middleware/contract'
import { type Context, Hono } from 'hono'
import { isOutage } from '../../platform/database/db-errors.ts'
import type { Service } from '../../service.ts'
import type { RenewalReason } from '../../tokens/sessions/sessions.ts'
import { familyCors, isFamilyOrigin } from '../middleware/family-cors.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, problem } from '../problems.ts'

const DETAILS: Record<RenewalReason, string> = {
  missing: 'No refresh token came with this request.',
  rejected: 'The refresh token was not issued by this service.',
  conflicting: 'The request has refresh tokens of different users, or too many of them.',
  session_over: 'The session has ended. Sign in again.',
}

/**
 * `POST /refresh`: exchanges the refresh cookie for both cookies. 401 if there is no session to renew, which deletes
 * them; tokens of two users (409) and an outage (503) leave them unchanged. If apps can't renew in line
 * (`REFRESH_COOKIE=auth`), scripts on their pages may call it.
 */
export function refreshEndpoint({
  config,
  sessions,
  log,
  now,
}: Pick<Service, 'config' | 'sessions' | 'log' | 'now'>): Hono {
  const openToScripts = config.refreshCookie === 'auth'
  const app = new Hono()
  if (openToScripts) app.use('/refresh', familyCors(config))

  function isAllowed(c: Context): boolean {
    const origin = c.req.header('origin')
    const origins =
      openToScripts && isFamilyOrigin(origin, config) ? [config.authUrl, origin as string] : [config.authUrl]
    return isSameOrigin(c.req.header.bind(c.req), origins)
  }

  /**
   * Apps with an older middleware compare only `iat`, so that every token of a change's second looks too old: they get
   * one of the next second.
   */
  async function renew(c: Context) {
    const { device } = c.var
    const renewed = await sessions.renewFrom(device.cookies, device)
    const left = renewed.ok ? (renewed.value.user.changedAt + 1) * 1000 - now() : 0
    if (left <= 0 || left > 1000 || readContract(c.req.header(CONTRACT_HEADER)) > 1) return renewed
    await setTimeout(left)
    return sessions.renewFrom(device.cookies, device)
  }

  return app.post('/refresh', async (c) => {
    if (!isAllowed(c)) {
      noteRefusal(c, 'cross_origin')
      return problem('cross_origin', {
        title: 'Request from another site',
        detail: 'The request came from another origin.',
      })
    }
    try {
      const renewed = await renew(c)
      if (renewed.ok) {
        const { expiresIn, cookies: fresh } = renewed.value
        const response = c.json({ expires_in: expiresIn }, 200, { 'cache-control': 'private, no-store' })
        return withCookies(response, fresh)
      }
      const { reason } = renewed
      noteRefusal(c, reason)
      const detail = DETAILS[reason]
      // It is unknown which of two users' cookies to delete.
      if (reason === 'conflicting') {
        return problem(reason, { title: 'Conflicting cookies', detail, reason })
      }
      const response = problem(reason, { title: 'Not signed in', detail, reason })
      return withCookies(response, sessions.clearFamilyCookies(c.var.device.cookies))
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ event: 'outage', err: error }, 'could not renew a session: the database does not respond')
      return outageProblem()
    }
  })
}

/** The response with these `Set-Cookie` values. */
export function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
