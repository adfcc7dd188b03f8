import * as v from 'valibot'
import { message } from '../../platform/i18n/message.ts'
import { says } from '../../platform/validation/input.ts'
import { isStorable } from '../../platform/validation/storable-text.ts'
import { groupName } from './names.ts'

/** A new group, or its new name. */
export const groupInput = v.object({ name: groupName })

/** The group that a user joins or leaves. */
export const membershipInput = v.object({ group: groupName })

/** The message when no account has the address. */
export const NO_ACCOUNT = message('No account has this email address.')

/** The user who joins a group. The address need not be valid, since it is only looked up. */
export const memberInput = v.object({
  email: v.pipe(
    v.string(says(NO_ACCOUNT)),
    v.metadata({ format: 'idn-email' }),
    v.nonEmpty(says(NO_ACCOUNT)),
    v.check(isStorable, says(NO_ACCOUNT)),
  ),
})
