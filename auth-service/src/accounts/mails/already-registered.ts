import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'

/** To the owner of an account whose address was used to register. */
export function knownAddressMail(language: Language, sender: Sender): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('You already have an account'),
    say(
      'Someone (probably you) tried to create an account with this email address. You already have an account, and nothing about it has changed.',
    ),
    say('To sign in:'),
    { link: `${sender.authUrl}/login`, label: say('Sign in') },
    say('If you do not know your password or never chose one, choose a new one:'),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
    say(
      'If this was not you, you do not need to do anything. We told that person nothing about your account.',
    ),
  )
}
