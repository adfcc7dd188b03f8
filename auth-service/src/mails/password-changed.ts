import type { Language } from '../languages/language.ts'
import type { Words } from '../languages/message.ts'
import type { Letter } from '../mail.ts'
import { letter, type Sender } from './letter.ts'
import { withPlace } from './with-place.ts'

export interface PasswordFacts {
  /** When it was, in seconds. */
  readonly at: number
  /** Browser and system that it was done with. */
  readonly device: Words
  /** Place and address; `''` where nobody knows. */
  readonly from: string
}

/** To somebody whose password is another one now. */
export function passwordChangedMail(
  language: Language,
  sender: Sender,
  { at, device, from }: PasswordFacts,
): Letter {
  const { say, moment } = language
  return letter(
    language,
    sender,
    say('Your password was changed'),
    say('the password of your account was changed, and other devices were signed out.'),
    {
      facts: [
        [say('When'), moment(at)],
        [say('With'), withPlace(language, device, from)],
      ],
    },
    say('If this was you, there is nothing to do.'),
    say('If not, choose a new password at once, which signs out whoever it was:'),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
  )
}
