import type { Language } from '../languages/language.ts'
import type { Words } from '../languages/message.ts'
import type { Letter } from '../mail.ts'
import { paragraphs } from './paragraphs.ts'

export interface PasswordFacts {
  /** When it was, in seconds. */
  readonly at: number
  /** Browser and system that it was done with. */
  readonly device: Words
  /** Place and address; `''` where nobody knows. */
  readonly from: string
  readonly authUrl: string
}

/** To somebody whose password is another one now. */
export const passwordChangedMail = (
  { say, moment }: Language,
  { at, device, from, authUrl }: PasswordFacts,
): Letter => ({
  subject: say('Your password was changed'),
  text: paragraphs(
    say('Hello,'),
    say('the password of your account was changed, and other devices were signed out.'),
    [
      say('When: {when}', { when: moment(at) }),
      from === ''
        ? say('With: {device}', { device: say(device) })
        : say('With: {device}, from {place}', { device: say(device), place: from }),
    ].join('\n'),
    say('If this was you, there is nothing to do.'),
    say('If not, choose a new password at once, which signs out whoever it was:'),
    `${authUrl}/password/forgot`,
  ),
})
