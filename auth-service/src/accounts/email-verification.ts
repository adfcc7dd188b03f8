import type { Actor, Audit, AuditEntry, AuditEvent } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import type { Language } from '../platform/i18n/language.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { linkTo } from '../platform/mail/token-link.ts'
import { isSameMailbox } from '../platform/validation/email-address.ts'
import type { User, Users } from '../users/users.ts'
import { confirmAddressMail } from './mails/verify-email.ts'
import type { OneTimeTokens, Proof } from './one-time-tokens.ts'

/** How users confirm their email. */
export interface EmailVerification {
  /** Emails a link that continues to `next`, in the language of the requesting device. */
  sendLink(user: User, device: Device, next: string | null): Promise<void>
  /** Like `ask`, on behalf of an administrator: in the user's language, with an audit entry. */
  resend(user: User, by: Actor): Promise<void>
  /** Marks the email as confirmed on behalf of an administrator. */
  markVerified(user: User, by: Actor): Promise<void>
  /** The user of the link, without using it up; `null` if it is invalid or used. */
  find(token: unknown): Promise<User | null>
  /** Uses up the link, and marks the email as confirmed. */
  confirm(token: unknown, device: Device): Promise<User | null>
}

export interface EmailVerificationOptions {
  readonly config: Sender
  readonly users: Pick<Users, 'findById' | 'noteVerified'>
  readonly oneTimeTokens: OneTimeTokens
  readonly mail: Pick<Mail, 'send'>
  readonly audit: Pick<Audit, 'record'>
}

/** The verification of email addresses. */
export function createEmailVerification(options: EmailVerificationOptions): EmailVerification {
  const { config, users, oneTimeTokens, mail, audit } = options

  async function send(user: User, language: Language, next: string | null): Promise<void> {
    const { token } = await oneTimeTokens.issue('verify_email', user.id, user.email)
    const link = linkTo(config.authUrl, '/verify-email', token, next)
    await mail.send({ to: user.email, person: user.uuid, ...confirmAddressMail(language, config, link) })
  }

  const note = (event: AuditEvent, { uuid }: User, by: Actor, details: AuditEntry['details'] = {}) =>
    audit.record({ event, subject: uuid, actor: by.uuid, sid: null, device: by.device, details })

  return {
    sendLink: (user, device, next) => send(user, languageOfReader(device), next),
    async resend(user, by) {
      await note('confirmation_mailed', user, by)
      await send(user, languageOfReader(user), null)
    },
    async markVerified(user, by) {
      await users.noteVerified(user.uuid)
      await note('email_confirmed', user, by, { before: { confirmed: false }, after: { confirmed: true } })
    },
    find: async (token) => ownerOf(users, await oneTimeTokens.find('verify_email', token)),
    async confirm(token, device) {
      const user = await ownerOf(users, await oneTimeTokens.redeem('verify_email', token))
      if (!user) return null
      await users.noteVerified(user.uuid)
      await note('email_confirmed', user, { uuid: user.uuid, device })
      return users.findById(user.id)
    },
  }
}

/** The user whose address the link confirmed, if they still have it and may sign in. */
export async function ownerOf(users: Pick<Users, 'findById'>, proof: Proof | null): Promise<User | null> {
  const user = proof && (await users.findById(proof.userId))
  return user?.isActive && proof && isSameMailbox(user.email, proof.email) ? user : null
}
