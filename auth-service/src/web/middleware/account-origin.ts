import type { Context } from 'hono'
import type { Origin } from '../../accounts/profile.ts'
import { deviceOf } from './request-device.ts'
import type { AccountEnv } from './require-session.ts'

export type AccountContext = Context<AccountEnv>

/** The origin of a user's change. */
export const originOf = (c: AccountContext): Origin => ({
  sid: c.var.account.current,
  device: deviceOf(c),
  isProved: c.var.account.isProved,
})
