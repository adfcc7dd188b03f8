import type { Language } from '../../platform/i18n/language.ts'
import type { Letter } from '../../platform/mail/outbox.ts'
import { letter, type Sender } from '../../platform/mail/template.ts'

/** To the old address after a change. */
export function emailChangedMail(language: Language, sender: Sender): Letter {
  const { say } = language
  return letter(
    language,
    sender,
    say('Your e-mail address was changed'),
    say('the e-mail address of your account was changed, and this one is no longer part of it.'),
    say('If this was you, there is nothing to do.'),
    say('If not:'),
    {
      steps: [
        [
          say(
            'If you are still signed in somewhere, change your password there. It signs out everybody else.',
          ),
          { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
        ],
        [
          say('Tell the people who run this service at once.'),
          { link: `${sender.authUrl}/`, label: say('To the service') },
        ],
      ],
    },
  )
}
