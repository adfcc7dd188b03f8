import { Hono } from 'hono'
import { unixTime } from '../../../platform/clock.ts'
import type { Service } from '../../../service.ts'
import { takeOut } from '../../../users/data-export.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'

/** `GET /account/export`: all data stored about the user, as a file. */
export const exportPage = ({ database, now }: Pick<Service, 'database' | 'now'>): Hono<AccountEnv> =>
  new Hono<AccountEnv>().get('/account/export', async (c) => {
    const { person } = c.var.account
    const takeout = await takeOut(database, person, unixTime(now))
    c.header('Content-Disposition', 'attachment; filename="account.json"')
    c.header('Content-Type', 'application/json')
    return c.body(`${JSON.stringify(takeout, null, 2)}\n`)
  })
