import type { Language } from '../languages/language.ts'
import type { Letter } from '../mail.ts'
import { letter, type Sender } from './letter.ts'

/** What somebody is told who asked to have their account deleted, `dueAt` that second, or whose password somebody else has. */
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

/** What somebody is told who signed in again before the account was gone, `at` that second. */
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
