import { message } from '../../platform/i18n/message.ts'
import type { MailTemplate } from '../../platform/mail/mail-template.ts'
import { type DeviceFacts, deviceWithPlace } from '../../platform/mail/with-place.ts'

/** The device of the session, and its times. */
export interface TokenReuseFacts extends DeviceFacts {
  /** When it was signed in, and when the old token arrived; in seconds. */
  readonly signedInAt: number
  readonly noticedAt: number
}

/**
 * Tells a session's owner about token reuse. It quotes nothing that another person may have chosen, since someone who
 * registers with a foreign address could use us to send text to it.
 */
export const tokenReuseMail: MailTemplate<TokenReuseFacts> = {
  kind: 'token_reuse',
  subject: message('One of your sessions may have been copied, so we ended it'),
  parts(facts, writing) {
    const { language, sender } = writing
    const { say, moment } = language
    return [
      say(
        'Your browser stays signed in with a token, which it exchanges for a new one every few minutes. We have just received an old token that was exchanged long ago. Someone has probably copied it. We cannot tell which of the two is you, so we signed out both.',
      ),
      {
        facts: [
          [say('Sign-in'), deviceWithPlace(facts, writing)],
          [say('Signed in'), moment(facts.signedInAt)],
          [say('Copy detected'), moment(facts.noticedAt)],
        ],
      },
      say(
        'Your other devices are still signed in. Your password was not involved, and a token does not contain it.',
      ),
      say('What to do now:'),
      {
        steps: [
          [
            say(
              'If you have just restored this device or its browser from a backup, the old token came from there. Just sign in again.',
            ),
          ],
          [
            say(
              'If not, go to your account, check that you know every device there, and choose "Sign out everywhere":',
            ),
            { link: `${sender.authUrl}/account`, label: say('Your account') },
          ],
          [
            say(
              'Change your password on a device that you trust. The person who copied the token may have seen you type it:',
            ),
            { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
          ],
          [say('Have the other device checked. The person who copied the token may have read more from it.')],
        ],
      },
    ]
  },
}
