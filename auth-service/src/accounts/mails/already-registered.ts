import type { Language } from '../../platform/i18n/language.ts'
import type { Letter } from '../../platform/mail/outbox.ts'
import { letter, type Sender } from '../../platform/mail/template.ts'

/** To the owner of an account whose address was used to register. */
export function knownAddressMail(language: Language, sender: Sender): Letter {
  const { say } = language
  return letter(
    language,
    sender,
    say('You have an account already'),
    say(
      'somebody, most likely you, wanted to make an account with this e-mail address. There is one already, and nothing about it has changed.',
    ),
    say('To sign in:'),
    { link: `${sender.authUrl}/login`, label: say('Sign in') },
    say('If you don’t remember the password, or never chose one, choose a new one:'),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
    say('If this was not you, there is nothing to do: whoever it was has learned nothing from us.'),
  )
}
