import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'

/** To the old address after a change. */
export function emailChangedMail(language: Language, sender: Sender): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Your email address was changed'),
    say('The email address of your account was changed. Your account no longer uses this address.'),
    say('If this was you, you do not need to do anything.'),
    say('If this was not you:'),
    {
      steps: [
        [
          say(
            'If you are still signed in on a device, change your password there. This signs out all other devices.',
          ),
          { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
        ],
        [
          say('Tell your administrator at once.'),
          { link: `${sender.authUrl}/`, label: say('Go to the service') },
        ],
      ],
    },
  )
}
