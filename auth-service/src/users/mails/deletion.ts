import type { Language } from '../../platform/i18n/language.ts'
import { buildEmail, type EmailContent, type Sender } from '../../platform/mail/build-email.ts'

/** To a user whose account will be deleted at `dueAt`, at their own request or that of someone with their password. */
export function deletionMail(
  language: Language,
  sender: Sender,
  { dueAt }: { readonly dueAt: number },
): EmailContent {
  const { say, moment } = language
  return buildEmail(
    language,
    sender,
    say('Your account will be deleted'),
    say('As you requested, your account will be deleted. You are signed out everywhere.'),
    { facts: [[say('Permanent deletion'), moment(dueAt)]] },
    say('Changed your mind, or was this not you? Sign in before then to keep your account:'),
    { link: `${sender.authUrl}/login`, label: say('Sign in') },
    say('If this was not you, someone knows your password. Change it as soon as you have signed in:'),
    { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
  )
}

/** To a user that an administrator will delete at `dueAt`; disabled users can't cancel that themselves. */
export function adminDeletionMail(
  language: Language,
  sender: Sender,
  { dueAt, isActive }: { readonly dueAt: number; readonly isActive: boolean },
): EmailContent {
  const { say, moment } = language
  return buildEmail(
    language,
    sender,
    say('Your account will be deleted'),
    say('An administrator has scheduled your account for deletion. You are signed out everywhere.'),
    { facts: [[say('Permanent deletion'), moment(dueAt)]] },
    ...(isActive
      ? [
          say('To keep your account, sign in before then:'),
          { link: `${sender.authUrl}/login`, label: say('Sign in') },
        ]
      : [say('To keep your account, ask your administrator.')]),
  )
}

/** To a user whose deletion an administrator has cancelled. */
export function adminDeletionCancelledMail(language: Language, sender: Sender): EmailContent {
  const { say } = language
  return buildEmail(
    language,
    sender,
    say('Your account is no longer being deleted'),
    say('Your account was going to be deleted. An administrator cancelled the deletion:'),
    { link: `${sender.authUrl}/account`, label: say('Your account') },
  )
}

/** To a user who cancelled the deletion by signing in at `at`. */
export function deletionCancelledMail(
  language: Language,
  sender: Sender,
  { at }: { readonly at: number },
): EmailContent {
  const { say, moment } = language
  return buildEmail(
    language,
    sender,
    say('Your account is no longer being deleted'),
    say('Your account was going to be deleted. Someone signed in to it, so we kept it.'),
    { facts: [[say('Signed in'), moment(at)]] },
    say('If this was not you, someone knows your password. Change it now:'),
    { link: `${sender.authUrl}/account/password`, label: say('Change your password') },
    say('Then check that you know every device that is signed in:'),
    { link: `${sender.authUrl}/account`, label: say('Your account') },
  )
}
