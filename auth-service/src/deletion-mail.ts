import type { Language } from './languages/language.ts'
import type { Letter } from './mail.ts'
import { paragraphs } from './mails/paragraphs.ts'

interface DeletionFacts {
  /** When it will be gone, in seconds. */
  readonly dueAt: number
  readonly authUrl: string
}

/** What somebody is told who asked to have their account deleted, or whose password somebody else has. */
export const deletionMail = ({ say, moment }: Language, { dueAt, authUrl }: DeletionFacts): Letter => ({
  subject: say('Your account will be deleted'),
  text: paragraphs(
    say('Hello,'),
    say('as you asked, your account is going to be deleted. You are signed out everywhere.'),
    say('Deleted for good: {when}', { when: moment(dueAt) }),
    say(
      'Did you change your mind, or was it not you who asked? Sign in before then, and nothing is deleted:',
    ),
    `${authUrl}/login`,
    say('If it was not you, somebody knows your password: choose another one once you have signed in.'),
  ),
})

/** What somebody is told who signed in again before the account was gone, `at` that second. */
export const deletionCancelledMail = (
  { say, moment }: Language,
  { at, authUrl }: { readonly at: number; readonly authUrl: string },
): Letter => ({
  subject: say('Your account stays'),
  text: paragraphs(
    say('Hello,'),
    say('your account was going to be deleted. Somebody signed in to it, so it stays as it was.'),
    say('Signed in: {when}', { when: moment(at) }),
    say(
      'If that was not you, somebody knows your password: sign in, choose another one, and look at your devices:',
    ),
    `${authUrl}/account`,
  ),
})
