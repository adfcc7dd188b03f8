import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { inWords } from './lifetime.ts'

/** To somebody who has forgotten their password. */
export const resetPasswordMail = (link: string): Letter => ({
  subject: 'Choose a new password',
  text: `Hello,

somebody, most likely you, asked for a new password for your account. Open this link to choose one:

${link}

The link works once, and for ${inWords(LIFETIMES.reset_password)}. It stops working as soon as you sign in.

If this was not you, there is nothing to do: your password stays as it is.
`,
})
