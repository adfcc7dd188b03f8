import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { inWords } from './lifetime.ts'

/** To a new person: shows that the address is theirs. */
export const confirmAddressMail = (link: string): Letter => ({
  subject: 'Please confirm your e-mail address',
  text: `Hello,

somebody, most likely you, has made an account with this e-mail address. Open this link to confirm that the address is
yours:

${link}

The link works once, and for ${inWords(LIFETIMES.verify_email)}.

If you have made no account, do nothing: please don't open the link.
`,
})
