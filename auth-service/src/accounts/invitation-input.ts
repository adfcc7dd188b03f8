import * as v from 'valibot'
import { noByDefault, type Typed } from '../platform/validation/input.ts'
import { emailAddress } from '../platform/validation/validators.ts'

const nobody = v.pipe(
  v.literal(''),
  v.transform(() => null),
)

/** The input of an invitation. */
export const invitationInput = v.object({
  /** Without an address, the link is for anyone: `null`. */
  email: v.optional(
    v.lazy((typed) => (typed === '' ? nobody : emailAddress)),
    '',
  ),
  is_staff: noByDefault,
})

/** The input, of any type. */
export type InvitationInput = Typed<typeof invitationInput>
