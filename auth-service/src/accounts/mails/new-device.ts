import type { Language } from '../../platform/i18n/language.ts'
import type { EmailContent } from '../../platform/mail/outbox.ts'
import { buildEmail, type Sender } from '../../platform/mail/template.ts'
import { type Traces, wasItYou } from './was-it-you.ts'

/** To a user after a password sign-in on an unknown device. */
export function newDeviceMail(language: Language, sender: Sender, traces: Traces): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    newDeviceSubject(language),
    say('Someone signed in to your account with your password, on a device that we do not know.'),
    ...wasItYou(language, sender, traces),
  )
}

/** Its subject, by which one finds whether it was sent. */
export const newDeviceSubject = ({ say }: Language): string => say('New device signed in to your account')
