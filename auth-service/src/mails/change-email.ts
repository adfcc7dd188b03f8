import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { inWords } from './lifetime.ts'

/** To the new address: shows that it is theirs. */
export const changeEmailMail = (link: string): Letter => ({
  subject: 'Please confirm your new e-mail address',
  text: `Hello,

somebody, most likely you, wants to use this e-mail address for their account. Open this link to confirm that it is
yours:

${link}

The link works once, and for ${inWords(LIFETIMES.change_email)}. Until then the account keeps its old address.

If this was not you, do nothing: please don't open the link.
`,
})

/** To the old address, when a change is asked for. */
export const emailChangeAskedMail = (authUrl: string): Letter => ({
  subject: 'Your e-mail address is about to change',
  text: `Hello,

somebody, most likely you, asked to use another e-mail address for your account. Nothing has changed yet: first the new
address has to be confirmed by a link that was mailed there.

If this was you, there is nothing to do here.

If not, somebody knows your password. Choose a new one at once: it stops the change, and signs out whoever it was.

${authUrl}/password/forgot
`,
})

/** To the old address, when it has changed. */
export const emailChangedMail = (authUrl: string): Letter => ({
  subject: 'Your e-mail address was changed',
  text: `Hello,

the e-mail address of your account was changed, and this one is no longer part of it.

If this was you, there is nothing to do.

If not, please tell the people who run this service at once:

${authUrl}/
`,
})
