import type { Language } from '../../platform/i18n/language.ts'
import type { Words } from '../../platform/i18n/message.ts'
import type { Part } from '../../platform/mail/parts.ts'
import type { Sender } from '../../platform/mail/template.ts'
import { withPlace } from '../../platform/mail/with-place.ts'

/** When, with what and from where somebody did something to an account. */
export interface Traces {
  /** In seconds. */
  readonly at: number
  /** Browser and system that it was done with. */
  readonly device: Words
  /** Place and address; `''` where nobody knows. */
  readonly from: string
}

/** How the owner of an account knows whether it was them, and what to do where it was not. */
export function wasItYou(language: Language, sender: Sender, { at, device, from }: Traces): Part[] {
  const { say, moment } = language
  return [
    {
      facts: [
        [say('When'), moment(at)],
        [say('With'), withPlace(language, device, from)],
      ],
    },
    say('If this was you, there is nothing to do.'),
    say('If not, choose a new password at once, which signs out whoever it was:'),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
  ]
}
