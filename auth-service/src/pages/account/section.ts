import type { Context } from 'hono'
import { deviceOf } from '../../http/device.ts'
import type { AccountEnv } from '../../http/live-account.ts'
import type { Origin } from '../../profile.ts'

export type AccountContext = Context<AccountEnv>

/** Where a change that a person makes comes from. */
export const originOf = (c: AccountContext): Origin => ({
  sid: c.var.account.current,
  device: deviceOf(c),
  isProved: c.var.account.isProved,
})
