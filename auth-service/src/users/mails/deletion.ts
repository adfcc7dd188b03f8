import type { Language } from '../../platform/i18n/language.ts'
import type { Letter } from '../../platform/mail/outbox.ts'
import { letter, type Sender } from '../../platform/mail/template.ts'

/** To a user whose account will be deleted at `dueAt`, at their own request or that of someone with their password. */
export function deletionMail(
  language: Language,
  sender: Sender,
  { dueAt }: { readonly dueAt: number },
): Letter {
  const { say, moment } = language
  return letter(
    language,
    sender,
    say('Your account will be deleted'),
    say('as you asked, your account is going to be deleted. You are signed out everywhere.'),
    { facts: [[say('Deleted for good'), moment(dueAt)]] },
    say(
      'Did you change your mind, or was it not you who asked? Sign in before then, and nothing is deleted:',
    ),
    { link: `${sender.authUrl}/login`, label: say('Sign in') },
    say('If it was not you, somebody knows your password. Once you have signed in, change it at once:'),
    { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
  )
}

/** To a user whom an administrator will delete at `dueAt`; disabled users can't cancel that themselves. */
export function adminDeletionMail(
  language: Language,
  sender: Sender,
  { dueAt, isActive }: { readonly dueAt: number; readonly isActive: boolean },
): Letter {
  const { say, moment } = language
  return letter(
    language,
    sender,
    say('Your account will be deleted'),
    say('the people who run this service are having your account deleted. You are signed out everywhere.'),
    { facts: [[say('Deleted for good'), moment(dueAt)]] },
    ...(isActive
      ? [
          say('Would you rather keep it? Sign in before then, and nothing is deleted:'),
          { link: `${sender.authUrl}/login`, label: say('Sign in') },
        ]
      : [say('Would you rather keep it? Ask the people who run this service.')]),
  )
}

/** To a user whose deletion an administrator has cancelled. */
export function adminDeletionCancelledMail(language: Language, sender: Sender): Letter {
  const { say } = language
  return letter(
    language,
    sender,
    say('Your account stays'),
    say(
      'your account was going to be deleted. The people who run this service decided otherwise, so it stays as it was:',
    ),
    { link: `${sender.authUrl}/account`, label: say('Your account') },
  )
}

/** To a user who cancelled the deletion by signing in at `at`. */
export function deletionCancelledMail(
  language: Language,
  sender: Sender,
  { at }: { readonly at: number },
): Letter {
  const { say, moment } = language
  return letter(
    language,
    sender,
    say('Your account stays'),
    say('your account was going to be deleted. Somebody signed in to it, so it stays as it was.'),
    { facts: [[say('Signed in'), moment(at)]] },
    say('If that was not you, somebody knows your password. Change it at once:'),
    { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
    say('Then look whether you know every device that is signed in:'),
    { link: `${sender.authUrl}/account`, label: say('Your account') },
  )
}
