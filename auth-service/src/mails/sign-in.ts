import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { inWords } from './lifetime.ts'

/** To somebody who signs in by mail. */
export const signInMail = (link: string, code: string): Letter => ({
  subject: 'Your sign-in code',
  text: `Hello,

somebody, most likely you, wants to sign in with this e-mail address. Enter this code in the window where you asked
for it:

    ${code.slice(0, 3)} ${code.slice(3)}

Or open this link:

${link}

Both work for ${inWords(LIFETIMES.sign_in)}, and only one of them, once.

If this was not you, there is nothing to do. Tell the code to nobody, whoever asks for it.
`,
})
