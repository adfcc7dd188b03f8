import { amountOf } from '../languages/amount.ts'
import type { Language } from '../languages/language.ts'
import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { paragraphs } from './paragraphs.ts'

/** To somebody who signs in by mail. */
export const signInMail = ({ say }: Language, link: string, code: string): Letter => ({
  subject: say('Your sign-in code'),
  text: paragraphs(
    say('Hello,'),
    say(
      'somebody, most likely you, wants to sign in with this e-mail address. Enter this code in the window where you asked for it:',
    ),
    `    ${code.slice(0, 3)} ${code.slice(3)}`,
    say('Or open this link:'),
    link,
    say('Only one of them works, and only once. Both expire after: {time}.', {
      time: amountOf(LIFETIMES.sign_in),
    }),
    say('If this was not you, there is nothing to do. Tell the code to nobody, whoever asks for it.'),
  ),
})
