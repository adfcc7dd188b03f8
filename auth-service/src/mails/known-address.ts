import type { Letter } from '../mail.ts'

/** To somebody who has an account, when an account with their address is asked for. */
export const knownAddressMail = (authUrl: string): Letter => ({
  subject: 'You have an account already',
  text: `Hello,

somebody, most likely you, wanted to make an account with this e-mail address. There is one already, and nothing about
it has changed.

To sign in:

${authUrl}/login

If you don't remember the password, or never chose one, choose a new one:

${authUrl}/password/forgot

If this was not you, there is nothing to do: whoever it was has learned nothing from us.
`,
})
