import type { Message } from './mail.ts'
import { inWords } from './moment.ts'

type Letter = Omit<Message, 'to'>

/** What somebody is told who asked to have their account deleted, or whose password somebody else has. */
export const deletionMail = ({ dueAt, authUrl }: { dueAt: number; authUrl: string }): Letter => ({
  subject: 'Your account will be deleted',
  text: `Hello,

as you asked, your account is going to be deleted. You are signed out everywhere.

Deleted for good:  ${inWords(dueAt)}

Did you change your mind, or was it not you who asked? Sign in before then, and nothing is deleted:
${authUrl}/login

If it was not you, somebody knows your password: choose another one once you have signed in.
`,
})

/** What somebody is told who signed in again before the account was gone. */
export const deletionCancelledMail = ({ at, authUrl }: { at: number; authUrl: string }): Letter => ({
  subject: 'Your account stays',
  text: `Hello,

your account was going to be deleted. Somebody signed in to it, so it stays as it was.

Signed in:  ${inWords(at)}

If that was not you, somebody knows your password: sign in, choose another one, and look at your devices:
${authUrl}/account
`,
})
