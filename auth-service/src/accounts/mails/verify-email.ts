import { durationOf } from '../../platform/i18n/duration.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'
import { LIFETIMES } from '../one-time-tokens.ts'

/** To a new user, to confirm the address. */
export function confirmAddressMail(language: Language, sender: Sender, link: string): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Please confirm your email address'),
    say(
      'Someone (probably you) created an account with this email address. Open this link to confirm that the address is yours:',
    ),
    { link, label: say('Confirm this address') },
    say('The link works once. It expires after {time}.', { time: durationOf(LIFETIMES.verify_email) }),
    say('If you did not create an account, ignore this email and do not open the link.'),
  )
}
