import { message } from '../../platform/i18n/message.ts'
import type { MailTemplate } from '../../platform/mail/mail-template.ts'
import { type Traces, wasItYou } from '../../platform/mail/was-it-you.ts'

/** When a device asked, and from where. */
export interface SignedInDevice extends Traces {
  /** The name of its app. */
  readonly app: string
}

/** To a user who allowed a device of an app to sign in as them. */
export const deviceSignedInMail: MailTemplate<SignedInDevice> = {
  kind: 'device_signed_in',
  subject: message('A device has signed in with your account'),
  parts: ({ app, ...traces }, writing) => [
    writing.language.say(
      'A device has signed in to {app} with your account. Someone allowed it on the page “Connect a device”.',
      { app },
    ),
    writing.language.say('You can sign it out on your account page, under “Where you are signed in”.'),
    ...wasItYou(traces, writing),
  ],
}
