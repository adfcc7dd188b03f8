import { message } from '../../platform/i18n/message.ts'
import type { MailTemplate } from '../../platform/mail/mail-template.ts'
import { type Traces, wasItYou } from '../../platform/mail/was-it-you.ts'

/** A token that was created without a browser. */
export interface CreatedToken extends Traces {
  /** Its name. */
  readonly name: string
  /** What allowed it. Default: the password, as in emails of earlier versions. */
  readonly by?: 'password' | 'device_code'
}

/** To a user whose email and password, or whose allowed device, created an API token. */
export const apiTokenCreatedMail: MailTemplate<CreatedToken> = {
  kind: 'api_token_created',
  subject: message('A new API token for your account'),
  parts: ({ name, by, ...traces }, writing) => [
    by === 'device_code'
      ? writing.language.say(
          'The device “{name}” now has an API token for your account. Someone allowed it on the page “Connect a device”.',
          { name },
        )
      : writing.language.say('Someone created the API token “{name}” with your email and password.', {
          name,
        }),
    writing.language.say('You can revoke it on your account page, under “API tokens”.'),
    ...wasItYou(traces, writing),
  ],
}
