import { durationOf } from '../../platform/i18n/duration.ts'
import type { Language } from '../../platform/i18n/language.ts'
import type { Letter } from '../../platform/mail/outbox.ts'
import { letter, type Sender } from '../../platform/mail/template.ts'
import { LIFETIMES } from '../one-time-tokens.ts'

/** To the new address, to confirm it. */
export function changeEmailMail(language: Language, sender: Sender, link: string): Letter {
  const { say } = language
  return letter(
    language,
    sender,
    say('Please confirm your new e-mail address'),
    say(
      'somebody, most likely you, wants to use this e-mail address for their account. Open this link to confirm that it is yours:',
    ),
    { link, label: say('Confirm this address') },
    say('The link works once. It expires after: {time}. Until then the account keeps its old address.', {
      time: durationOf(LIFETIMES.change_email),
    }),
    say('If this was not you, do nothing: please don’t open the link.'),
  )
}

/** To the old address, when a change is requested. */
export function emailChangeAskedMail(language: Language, sender: Sender): Letter {
  const { say } = language
  return letter(
    language,
    sender,
    say('Your e-mail address is about to change'),
    say(
      'somebody, most likely you, asked to use another e-mail address for your account. Nothing has changed yet: first the new address has to be confirmed by a link that was mailed there.',
    ),
    say('If this was you, there is nothing to do.'),
    say(
      'If not, somebody knows your password. Choose a new one at once: it stops the change, and signs out whoever it was.',
    ),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
  )
}
