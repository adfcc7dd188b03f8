import type { Context } from 'hono'
import type { Origin } from '../../../accounts/profile.ts'
import { deviceOf } from '../../middleware/request-device.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'

export type AccountContext = Context<AccountEnv>

/** Where a change that a person makes comes from. */
export const originOf = (c: AccountContext): Origin => ({
  sid: c.var.account.current,
  device: deviceOf(c),
  isProved: c.var.account.isProved,
})
