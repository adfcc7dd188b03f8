import * as v from 'valibot'
import { yesByDefault } from '../platform/validation/input.ts'
import { mailedCode } from './mailed-code.ts'
import { enteredPassword } from './reauthentication-input.ts'

/** The token of an emailed link; what is no token belongs to no link. */
export const linkToken = v.string()

/** A sign-in by the emailed link. */
export const magicLinkInput = v.object({ token: linkToken, remember: yesByDefault })

/** A sign-in by the emailed code. */
export const magicCodeInput = v.object({ code: mailedCode, remember: yesByDefault })

/** The link that confirms an address, and the password if the user has one and is not signed in. */
export const verifyEmailInput = v.object({ token: linkToken, password: v.optional(enteredPassword) })

/** The link to a new address, and the password unless the user is signed in, as programs never are here. */
export const changeEmailInput = v.object({ token: linkToken, password: enteredPassword })
