import { durationOf } from '../../platform/i18n/duration.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'
import { LIFETIMES } from '../one-time-tokens.ts'

/** To the new address, to confirm it. */
export function changeEmailMail(language: Language, sender: Sender, link: string): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Please confirm your new email address'),
    say(
      'Someone (probably you) wants to use this email address for their account. Open this link to confirm that the address is yours:',
    ),
    { link, label: say('Confirm this address') },
    say(
      'The link works once. It expires after {time}. Until you open it, the account keeps its old address.',
      {
        time: durationOf(LIFETIMES.change_email),
      },
    ),
    say('If this was not you, ignore this email and do not open the link.'),
  )
}

/** To the old address, when a change is requested. */
export function emailChangeAskedMail(language: Language, sender: Sender): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Your email address is about to change'),
    say(
      'Someone (probably you) asked to use another email address for your account. Nothing has changed yet: the new address must first be confirmed with a link that we sent there.',
    ),
    say('If this was you, you do not need to do anything.'),
    say(
      'If this was not you, someone knows your password. Choose a new one now. This stops the change and signs out all devices.',
    ),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
  )
}
