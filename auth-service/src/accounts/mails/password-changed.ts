import type { Language } from '../../platform/i18n/language.ts'
import type { EmailContent } from '../../platform/mail/outbox.ts'
import { buildEmail, type Sender } from '../../platform/mail/template.ts'
import { type Traces, wasItYou } from './was-it-you.ts'

/** To a user whose password has changed. */
export function passwordChangedMail(language: Language, sender: Sender, traces: Traces): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Your password was changed'),
    say('The password of your account was changed, and your other devices were signed out.'),
    ...wasItYou(language, sender, traces),
  )
}
