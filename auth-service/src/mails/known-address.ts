import type { Language } from '../languages/language.ts'
import type { Letter } from '../mail.ts'
import { paragraphs } from './paragraphs.ts'

/** To somebody who has an account, when an account with their address is asked for. */
export const knownAddressMail = ({ say }: Language, authUrl: string): Letter => ({
  subject: say('You have an account already'),
  text: paragraphs(
    say('Hello,'),
    say(
      'somebody, most likely you, wanted to make an account with this e-mail address. There is one already, and nothing about it has changed.',
    ),
    say('To sign in:'),
    `${authUrl}/login`,
    say('If you don’t remember the password, or never chose one, choose a new one:'),
    `${authUrl}/password/forgot`,
    say('If this was not you, there is nothing to do: whoever it was has learned nothing from us.'),
  ),
})
