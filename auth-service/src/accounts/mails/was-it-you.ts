import type { Language } from '../../platform/i18n/language.ts'
import type { Message } from '../../platform/i18n/message.ts'
import type { Part } from '../../platform/mail/parts.ts'
import type { Sender } from '../../platform/mail/template.ts'
import { withPlace } from '../../platform/mail/with-place.ts'

/** When and on which device an account was changed. */
export interface Traces {
  /** In seconds. */
  readonly at: number
  /** Browser and system of the device. */
  readonly device: Message
  /** Location and address; `''` if unknown. */
  readonly from: string
}

/** Lets the owner of an account recognise their own action, and says what to do otherwise. */
export function wasItYou(language: Language, sender: Sender, { at, device, from }: Traces): Part[] {
  const { say, moment } = language
  return [
    {
      facts: [
        [say('When'), moment(at)],
        [say('Device'), withPlace(language, device, from)],
      ],
    },
    say('If this was you, you do not need to do anything.'),
    say('If this was not you, choose a new password now. This signs out all devices:'),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
  ]
}
