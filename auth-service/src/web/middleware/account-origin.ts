import type { Context } from 'hono'
import type { Origin } from '../../accounts/profile.ts'
import type { AccountEnv } from './require-session.ts'

export type AccountContext = Context<AccountEnv>

/** The origin of a user's change. */
export const originOf = (c: AccountContext): Origin => ({
  sid: c.var.account.current,
  device: c.var.device,
  isProved: c.var.account.isProved,
})
