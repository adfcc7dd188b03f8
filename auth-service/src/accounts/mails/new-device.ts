import { message } from '../../platform/i18n/message.ts'
import type { MailTemplate } from '../../platform/mail/mail-template.ts'
import { type Traces, wasItYou } from '../../platform/mail/was-it-you.ts'

/** To a user after a password sign-in on an unknown device. */
export const newDeviceMail: MailTemplate<Traces> = {
  kind: 'new_device',
  subject: message('New device signed in to your account'),
  parts: (traces, writing) => [
    writing.language.say(
      'Someone signed in to your account with your password, on a device that we do not know.',
    ),
    ...wasItYou(traces, writing),
  ],
}
