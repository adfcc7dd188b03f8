import type { Context } from 'hono'
import { isOutage } from '../../platform/database/db-errors.ts'
import type { Log } from '../../platform/logging/logger.ts'
import { patternOf } from './request-log.ts'

/** Logs why a request failed. Returns whether something the service needs, such as the database, is unavailable. */
export function logFailure(log: Log, c: Context, err: Error): boolean {
  const outage = isOutage(err)
  const what = { event: outage ? 'outage' : 'failure', method: c.req.method, route: patternOf(c), err }
  if (outage) {
    log.warn(what, 'the request failed: the database or another system does not respond')
  } else log.error(what, 'the request failed')
  return outage
}
