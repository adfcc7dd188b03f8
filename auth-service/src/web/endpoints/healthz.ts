import { Hono } from 'hono'
import type { Service } from '../../service.ts'
import { outageProblem } from '../problems.ts'

/** `GET /healthz`: whether the process runs and its database answers. */
export const healthzEndpoint = ({ database, log }: Pick<Service, 'database' | 'log'>) =>
  new Hono().get('/healthz', async (c) => {
    try {
      await database.ping()
      return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' })
    } catch (error) {
      log.warn({ err: error }, 'the database does not respond')
      return outageProblem('The database does not respond')
    }
  })
