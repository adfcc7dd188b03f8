import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'

interface InvitationFacts {
  /** The URL to accept it. */
  readonly link: string
  /** In seconds. */
  readonly expiresAt: number
}

/** To a person invited to register. */
export function invitationMail(
  language: Language,
  sender: Sender,
  { link, expiresAt }: InvitationFacts,
): EmailContent {
  const { say, moment } = language
  const { authUrl: address, brand } = sender
  return buildEmail(
    language,
    sender,
    say('You are invited to {name}', { name: brand.name }),
    say('You are invited to create an account at {name}, {address}. Open this link to accept:', {
      name: brand.name,
      address,
    }),
    { link, label: say('Create account') },
    say('The link works once, until {when}.', { when: moment(expiresAt) }),
    say('If you did not expect this invitation, ignore this email.'),
  )
}
