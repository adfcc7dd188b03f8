import { durationOf } from '../../platform/i18n/duration.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'
import { LIFETIMES } from '../one-time-tokens.ts'

/** To a user with a forgotten password. */
export function resetPasswordMail(language: Language, sender: Sender, link: string): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Choose a new password'),
    say('Someone (probably you) asked for a new password for your account. Open this link to choose one:'),
    { link, label: say('Choose a new password') },
    say('The link works once. It expires after {time}, or as soon as you sign in.', {
      time: durationOf(LIFETIMES.reset_password),
    }),
    say('If this was not you, you do not need to do anything. Your password does not change.'),
  )
}
