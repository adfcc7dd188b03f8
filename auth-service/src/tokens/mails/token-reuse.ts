import type { Language } from '../../platform/i18n/language.ts'
import type { Words } from '../../platform/i18n/message.ts'
import type { Letter } from '../../platform/mail/outbox.ts'
import { letter, type Sender } from '../../platform/mail/template.ts'
import { withPlace } from '../../platform/mail/with-place.ts'

export interface TheftFacts {
  /** Browser and system of the session. */
  readonly device: Words
  /** The location of its sign-in, e.g. `Berlin, Germany (192.0.2.7)`; `''` if unknown. */
  readonly from: string
  /** When it was signed in, and when the old token arrived; in seconds. */
  readonly signedInAt: number
  readonly noticedAt: number
}

/**
 * Tells a session's owner about token reuse. It quotes nothing that another person may have chosen, since someone who
 * registers with a foreign address could use us to send text to it.
 */
export function tokenReuseMail(
  language: Language,
  sender: Sender,
  { device, from, signedInAt, noticedAt }: TheftFacts,
): Letter {
  const { say, moment } = language
  return letter(
    language,
    sender,
    say('One of your sign-ins may have been copied, so we ended it'),
    say(
      'your browser proves who you are with a token that it exchanges for a new one every few minutes. An old one, exchanged long before, has come back to us. Most likely somebody copied it. We can not tell who of the two is you, so we signed out both.',
    ),
    {
      facts: [
        [say('Sign-in'), withPlace(language, device, from)],
        [say('Signed in'), moment(signedInAt)],
        [say('Copy noticed'), moment(noticedAt)],
      ],
    },
    say(
      'Your other devices are still signed in. Your password was not part of this, and nobody can learn it from a token.',
    ),
    say('What to do now:'),
    {
      steps: [
        [
          say(
            'If you have just restored this device or its browser from a backup, that was the old token, and all is well: sign in again.',
          ),
        ],
        [
          say(
            'If not, go to your account, look whether you know every device there, and choose "Sign out everywhere":',
          ),
          { link: `${sender.authUrl}/account`, label: say('Your account') },
        ],
        [
          say(
            'Change your password, on a device that you trust. Whoever copied the token may have seen you type it:',
          ),
          { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
        ],
        [say('Have the other device looked at: whoever copied the token may have read more of it.')],
      ],
    },
  )
}
