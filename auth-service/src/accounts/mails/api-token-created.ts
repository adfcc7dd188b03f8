import { message } from '../../platform/i18n/message.ts'
import type { MailTemplate } from '../../platform/mail/mail-template.ts'
import { type Traces, wasItYou } from './was-it-you.ts'

/** A token that was created without a browser. */
export interface CreatedToken extends Traces {
  /** Its name. */
  readonly name: string
}

/** To a user whose email and password created an API token. */
export const apiTokenCreatedMail: MailTemplate<CreatedToken> = {
  kind: 'api_token_created',
  subject: message('A new API token for your account'),
  parts: ({ name, ...traces }, writing) => [
    writing.language.say('Someone created the API token “{name}” with your email and password.', { name }),
    writing.language.say('You can revoke it on your account page, under “API tokens”.'),
    ...wasItYou(traces, writing),
  ],
}
