import { ENGLISH } from './languages/index.ts'

interface InvitationFacts {
  /** BRAND_NAME. */
  readonly brandName: string
  /** Origin of the auth service. */
  readonly authUrl: string
  /** Where the invitation is accepted. */
  readonly link: string
  /** In seconds. */
  readonly expiresAt: number
}

/** The words that invite somebody, whose language nobody knows yet. */
export const invitationMail = ({ brandName, authUrl, link, expiresAt }: InvitationFacts) => ({
  subject: `You are invited to ${brandName}`,
  text: `Hello,

you are invited to create an account at ${brandName}, ${authUrl}. Open this link to do so:

  ${link}

It works once, until ${ENGLISH.moment(expiresAt)}.

If you don't know what this is about, you need not do anything.
`,
})
