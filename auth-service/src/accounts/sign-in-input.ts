import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { NOT_BLANK, parseEmail } from '../platform/validation/email-address.ts'
import { says, type Typed, yesByDefault } from '../platform/validation/input.ts'
import { emailAddress } from '../platform/validation/validators.ts'
import { enteredPassword } from './reauthentication-input.ts'

const ENTER_EMAIL = says(message('Enter your email address.'))

/** The input of a sign-in. The address need not be valid, since it is only looked up. */
export const signInInput = v.object({
  email: v.pipe(v.string(ENTER_EMAIL), v.regex(NOT_BLANK, ENTER_EMAIL), v.transform(parseEmail)),
  password: enteredPassword,
  /** Whether the session outlives the browser. */
  remember: yesByDefault,
})

/** The input, of any type. */
export type SignInInput = Typed<typeof signInInput>

/** The input of a request for an emailed link or code. */
export const addressInput = v.object({ email: emailAddress })
