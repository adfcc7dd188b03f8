import { durationOf } from '../../platform/i18n/duration.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'
import { LIFETIMES } from '../one-time-tokens.ts'

/** To a user who signs in by email. */
export function signInMail(language: Language, sender: Sender, link: string, code: string): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Your sign-in code'),
    say(
      'Someone (probably you) wants to sign in with this email address. Enter this code in the window where you asked for it:',
    ),
    { code },
    say('Or open this link:'),
    { link, label: say('Sign in') },
    say('You can use either of them, once. Both expire after {time}.', {
      time: durationOf(LIFETIMES.sign_in),
    }),
    say(
      'If this was not you, you do not need to do anything. Never share the code, even if someone asks for it.',
    ),
  )
}
