import { amountOf } from '../languages/amount.ts'
import type { Language } from '../languages/language.ts'
import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { paragraphs } from './paragraphs.ts'

/** To a new person: shows that the address is theirs. */
export const confirmAddressMail = ({ say }: Language, link: string): Letter => ({
  subject: say('Please confirm your e-mail address'),
  text: paragraphs(
    say('Hello,'),
    say(
      'somebody, most likely you, has made an account with this e-mail address. Open this link to confirm that the address is yours:',
    ),
    link,
    say('The link works once. It expires after: {time}.', { time: amountOf(LIFETIMES.verify_email) }),
    say('If you have made no account, do nothing: please don’t open the link.'),
  ),
})
