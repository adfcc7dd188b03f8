import { durationOf } from '../../platform/i18n/duration.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'
import { LIFETIMES } from '../one-time-tokens.ts'

/** To users without a password who must confirm a sensitive change. */
export function reauthenticationMail(language: Language, sender: Sender, code: string): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Your confirmation code'),
    say('Enter this code on the page that asked for it, to confirm that it is you:'),
    { code },
    say('It works once. It expires after {time}.', { time: durationOf(LIFETIMES.sign_in) }),
    say(
      'If this was not you, someone is using your account on a device where you signed in. Sign out everywhere on your account page. Never share the code, even if someone asks for it.',
    ),
  )
}
