import * as v from 'valibot'
import { anyText, type Typed } from '../platform/validation/input.ts'
import { emailAddress, personName } from '../platform/validation/validators.ts'
import { newPassword } from './passwords/policy.ts'

/** The user's own data, which the password must not resemble. */
interface Owner {
  readonly email?: unknown
  readonly first_name?: unknown
  readonly last_name?: unknown
}

/** The input of a registration. */
export const registrationInput = (
  minimum: number,
  { email, first_name: firstName, last_name: lastName }: Owner = {},
) =>
  v.object({
    email: emailAddress,
    password: newPassword({ email, firstName, lastName }, minimum),
    first_name: v.optional(personName, ''),
    last_name: v.optional(personName, ''),
    /** The token of an invitation link. */
    invitation: anyText,
  })

/** The input, of any type. */
export type RegistrationInput = Typed<ReturnType<typeof registrationInput>>
