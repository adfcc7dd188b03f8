import type { Language } from '../languages/language.ts'
import type { Words } from '../languages/message.ts'
import type { Letter } from '../mail.ts'
import { letter, type Sender } from './letter.ts'
import { withPlace } from './with-place.ts'

export interface NewDeviceFacts {
  /** When it was, in seconds. */
  readonly at: number
  /** Browser and system that it was done with. */
  readonly device: Words
  /** Place and address; `''` where nobody knows. */
  readonly from: string
}

/** To somebody whose password signed in a device that was not known. */
export function newDeviceMail(
  language: Language,
  sender: Sender,
  { at, device, from }: NewDeviceFacts,
): Letter {
  const { say, moment } = language
  return letter(
    language,
    sender,
    say('A new device is signed in to your account'),
    say('somebody signed in to your account with your password, on a device that we don’t know.'),
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
