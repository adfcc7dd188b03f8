import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { normalizeEmail } from '../platform/validation/email-address.ts'
import { filled, says, type Typed, yesByDefault } from '../platform/validation/input.ts'
import { emailAddress } from '../platform/validation/validators.ts'

const ENTER_EMAIL = says(message('Enter your e-mail address.'))

/** What is filled in to sign in. The address need not look like one: it is only looked for. */
export const signInInput = v.object({
  email: v.pipe(v.string(ENTER_EMAIL), v.transform(normalizeEmail), v.nonEmpty(ENTER_EMAIL)),
  password: filled(message('Enter your password.')),
  /** Whether the sign-in outlives the browser. */
  remember: yesByDefault,
})

/** The input, of any type. */
export type SignInInput = Typed<typeof signInInput>

/** What is filled in to be mailed a link or a code. */
export const addressInput = v.object({ email: emailAddress })
