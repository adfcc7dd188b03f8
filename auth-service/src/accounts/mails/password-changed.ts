import { message } from '../../platform/i18n/message.ts'
import type { MailTemplate } from '../../platform/mail/mail-template.ts'
import { type Traces, wasItYou } from '../../platform/mail/was-it-you.ts'

/** To a user whose password has changed. */
export const passwordChangedMail: MailTemplate<Traces> = {
  kind: 'password_changed',
  subject: message('Your password was changed'),
  parts: (traces, writing) => [
    writing.language.say('The password of your account was changed, and your other devices were signed out.'),
    ...wasItYou(traces, writing),
  ],
}
