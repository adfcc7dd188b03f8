import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { filled } from '../platform/validation/input.ts'
import { mailedCode } from './mailed-code.ts'

/** The user's own password. */
export const enteredPassword = filled(message('Enter your password.'))

/** What confirms a user's identity: the password, or, for users without one, a request for a code and then the code. */
export const proofInput = v.object({
  password: v.optional(enteredPassword),
  send_code: v.optional(v.literal(true)),
  /** From the answer to the request for the code. */
  sealed: v.optional(v.string()),
  code: v.optional(mailedCode),
})
