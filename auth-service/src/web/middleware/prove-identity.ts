import type { Flow } from '../../accounts/one-time-tokens.ts'
import { sendsMail } from '../../platform/config/mail-config.ts'
import { hasPassword } from '../../users/unusable-password.ts'
import type { Errors } from '../forms/form-page.ts'
import { type Submission, tickOf } from '../forms/submission.ts'
import type { Web } from '../web.ts'
import { type AccountContext, originOf } from './account-origin.ts'

/** The result of a user's answer to the question who they are. */
export type Proof =
  | { readonly state: 'proved' }
  /** A code was emailed, which this flow belongs to. */
  | { readonly state: 'code_sent'; readonly flow: Flow }
  | { readonly state: 'wrong'; readonly errors: Errors }
  /** The user has no password, and the service sends no email. */
  | { readonly state: 'no_mail' }

/**
 * Confirms a user's identity by the password in the fields, or by an emailed code if they have none. `flow` is that of
 * the code. Throws RateLimited.
 */
export type ProveIdentity = (
  c: AccountContext,
  fields: Submission['fields'],
  flow: Flow | null,
) => Promise<Proof>

export const createProveIdentity =
  ({ config, reauthentication }: Web): ProveIdentity =>
  async (c, fields, flow) => {
    const { user } = c.var.account
    const origin = originOf(c)
    if (hasPassword(user)) {
      const password = await reauthentication.byPassword(user, fields.password, origin)
      return password === undefined ? PROVED : { state: 'wrong', errors: { password } }
    }
    if (tickOf(c, fields, 'send_code') === true) {
      if (!sendsMail(config)) return { state: 'no_mail' }
      return { state: 'code_sent', flow: await reauthentication.sendCode(user, origin) }
    }
    const code = await reauthentication.byCode(user, flow, fields.code, origin)
    return code === undefined ? PROVED : { state: 'wrong', errors: { code } }
  }

const PROVED: Proof = { state: 'proved' }
