import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { anyText, says, type Typed, yesByDefault } from '../platform/validation/input.ts'
import { emailAddress, personName } from '../platform/validation/validators.ts'
import { linkToken } from './link-input.ts'
import { newPassword, type PasswordOwner } from './passwords/policy.ts'

/** The names to change. */
export const namesInput = v.object({
  first_name: v.optional(personName),
  last_name: v.optional(personName),
})

/** A password change. Users without a password omit the current one. */
export const passwordInput = (minimum: number, owner: PasswordOwner = {}, current: unknown = undefined) =>
  v.object({
    current_password: anyText,
    password: v.pipe(
      newPassword(owner, minimum),
      v.check((password) => password !== current, says(message('This is already your password.'))),
    ),
    /** Whether this session continues; all others end. */
    keep: yesByDefault,
  })

/** A change of the address; `now` is the current one. */
export const emailInput = (now = '') =>
  v.object({
    email: v.pipe(
      emailAddress,
      v.check((email) => email !== now, says(message('This is already your address.'))),
    ),
    current_password: anyText,
  })

/** A new password through an emailed link. */
export const resetInput = (minimum: number, owner: PasswordOwner = {}) =>
  v.object({ token: linkToken, password: newPassword(owner, minimum) })

/** The password, for requests that need nothing else. */
export const ownPasswordInput = v.object({ password: anyText })

export type NamesInput = Typed<typeof namesInput>
export type PasswordInput = Typed<ReturnType<typeof passwordInput>>
export type EmailInput = Typed<ReturnType<typeof emailInput>>
export type DeletionInput = Typed<typeof ownPasswordInput>
