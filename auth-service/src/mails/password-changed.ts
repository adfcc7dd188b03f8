import type { Letter } from '../mail.ts'
import { inWords } from '../moment.ts'

export interface PasswordFacts {
  /** When it was, in seconds. */
  readonly at: number
  /** Browser and system that it was done with. */
  readonly device: string
  /** Place and address; `''` where nobody knows. */
  readonly from: string
  readonly authUrl: string
}

/** To somebody whose password is another one now. */
export const passwordChangedMail = ({ at, device, from, authUrl }: PasswordFacts): Letter => ({
  subject: 'Your password was changed',
  text: `Hello,

the password of your account was changed, and other devices were signed out.

When:  ${inWords(at)}
With:  ${device}${from === '' ? '' : `, from ${from}`}

If this was you, there is nothing to do.

If not, choose a new password at once, which signs out whoever it was:

${authUrl}/password/forgot
`,
})
