import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { says } from '../platform/validation/input.ts'
import { emailAddress, personName } from '../platform/validation/validators.ts'

/** The user's data that administrators can change. */
export const detailsInput = v.object({
  email: v.optional(emailAddress),
  first_name: v.optional(personName),
  last_name: v.optional(personName),
})

const right = v.optional(v.boolean(says(message('Must be true or false, or omitted.'))))

/** The user's rights that administrators can change. */
export const rightsInput = v.object({ is_active: right, is_staff: right, is_superuser: right })
