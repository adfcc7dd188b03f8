import { amountOf } from '../languages/amount.ts'
import type { Language } from '../languages/language.ts'
import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { paragraphs } from './paragraphs.ts'

/** To the new address: shows that it is theirs. */
export const changeEmailMail = ({ say }: Language, link: string): Letter => ({
  subject: say('Please confirm your new e-mail address'),
  text: paragraphs(
    say('Hello,'),
    say(
      'somebody, most likely you, wants to use this e-mail address for their account. Open this link to confirm that it is yours:',
    ),
    link,
    say('The link works once. It expires after: {time}. Until then the account keeps its old address.', {
      time: amountOf(LIFETIMES.change_email),
    }),
    say('If this was not you, do nothing: please don’t open the link.'),
  ),
})

/** To the old address, when a change is asked for. */
export const emailChangeAskedMail = ({ say }: Language, authUrl: string): Letter => ({
  subject: say('Your e-mail address is about to change'),
  text: paragraphs(
    say('Hello,'),
    say(
      'somebody, most likely you, asked to use another e-mail address for your account. Nothing has changed yet: first the new address has to be confirmed by a link that was mailed there.',
    ),
    say('If this was you, there is nothing to do.'),
    say(
      'If not, somebody knows your password. Choose a new one at once: it stops the change, and signs out whoever it was.',
    ),
    `${authUrl}/password/forgot`,
  ),
})

/** To the old address, when it has changed. */
export const emailChangedMail = ({ say }: Language, authUrl: string): Letter => ({
  subject: say('Your e-mail address was changed'),
  text: paragraphs(
    say('Hello,'),
    say('the e-mail address of your account was changed, and this one is no longer part of it.'),
    say('If this was you, there is nothing to do.'),
    say('If not, please tell the people who run this service at once:'),
    `${authUrl}/`,
  ),
})
