import { Hono } from 'hono'
import type { Service } from '../../../service.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'

/** `GET /account/export`: all data stored about the user, as a file. */
export const exportPage = ({ exportUser }: Pick<Service, 'exportUser'>): Hono<AccountEnv> =>
  new Hono<AccountEnv>().get('/account/export', async (c) => {
    const { user } = c.var.account
    const data = await exportUser(user)
    c.header('Content-Disposition', 'attachment; filename="account.json"')
    c.header('Content-Type', 'application/json')
    return c.body(`${JSON.stringify(data, null, 2)}\n`)
  })
