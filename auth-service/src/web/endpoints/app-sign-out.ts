import { CONTRACT_HEADER, isSameOrigin } from '@latchkey/jwt-middleware/contract'
import { Hono } from 'hono'
import { isOutage } from '../../platform/database/db-errors.ts'
import type { Service } from '../../service.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, problem } from '../problems.ts'
import { withCookies } from './refresh.ts'

/**
 * `POST /logout` from an app (with `Latchkey-Contract`), in which a user signs out: ends the sessions of all tokens in
 * its `Cookie` header. The answer names those sessions and deletes the family's cookies; the app passes that on to the
 * browser. Requests without that header are for the page.
 */
export const signOutEndpoint = ({ config, sessions, log }: Pick<Service, 'config' | 'sessions' | 'log'>) =>
  new Hono().post('/logout', async (c, next) => {
    if (c.req.header(CONTRACT_HEADER) === undefined) return next()
    if (!isSameOrigin((name) => c.req.header(name), [config.authUrl])) {
      noteRefusal(c, 'cross_origin')
      return problem('cross_origin', {
        title: 'Request from another site',
        detail: 'The request came from another origin.',
      })
    }
    const { cookies } = c.var.device
    try {
      // The request is from the app's server: its device is not the user's.
      const ended = await sessions.endFrom(cookies)
      const response = c.json({ sessions: ended }, 200, { 'cache-control': 'private, no-store' })
      return withCookies(response, sessions.clearFamilyCookies(cookies))
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ event: 'outage', err: error }, 'could not end a session: the database does not respond')
      return outageProblem()
    }
  })
