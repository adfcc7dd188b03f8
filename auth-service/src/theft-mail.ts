import { ENGLISH } from './languages/index.ts'
import type { Message } from './mail.ts'

export interface TheftFacts {
  /** Browser and system of the session. */
  readonly device: string
  /** Where it was signed in, e.g. `Berlin, Germany (192.0.2.7)`; `''` where nobody knows. */
  readonly from: string
  /** When it was signed in, and when the old token came; in seconds. */
  readonly signedInAt: number
  readonly noticedAt: number
  readonly authUrl: string
}

/**
 * What the owner of a session is told when an old token of it comes back. It quotes nothing that somebody else may have
 * chosen: whoever registers with the address of another could make us write to them. It is in English, since what is
 * known of languages is the thief's.
 */
export const theftMail = ({
  device,
  from,
  signedInAt,
  noticedAt,
  authUrl,
}: TheftFacts): Omit<Message, 'to'> => ({
  subject: 'One of your sign-ins may have been copied, so we ended it',
  text: `Hello,

your browser proves who you are with a token that it exchanges for a new one every few minutes. An old one, exchanged
long before, has come back to us. Most likely somebody copied it. We can not tell who of the two is you, so we
signed out both.

Which sign-in:  ${device}${from === '' ? '' : `, from ${from}`}
Signed in:      ${ENGLISH.moment(signedInAt)}
Copy noticed:   ${ENGLISH.moment(noticedAt)}

Your other devices are still signed in. Your password was not part of this, and nobody can learn it from a token.

What to do now:

1. If you have just restored this computer or its browser from a backup, that was the old token, and all is well:
   sign in again.
2. If not, go to your account, look whether you know every device there, and choose "Sign out everywhere":
   ${authUrl}/account
3. Have that device looked at: whoever copied the token may have read more of it.
`,
})
