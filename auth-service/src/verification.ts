import type { Audit } from './audit.ts'
import { type Device, languageOfDevice } from './device.ts'
import { linkTo } from './links.ts'
import type { Mail } from './mail.ts'
import { confirmAddressMail } from './mails/confirm-address.ts'
import type { Sender } from './mails/letter.ts'
import type { OneTimeTokens, Proof } from './one-time-tokens.ts'
import type { User, Users } from './users.ts'

/** How people show that their e-mail is theirs. */
export interface Verification {
  /** Mails them a link, which leads on to `next`, in the language of the device that they asked with. */
  ask(user: User, device: Device, next: string | null): Promise<void>
  /** Whose link that is, which stays as it is; `null` where it is none, or was used. */
  find(token: unknown): Promise<User | null>
  /** Spends the link: the e-mail is theirs. */
  confirm(token: unknown, device: Device): Promise<User | null>
}

export interface VerificationOptions {
  readonly config: Sender
  readonly users: Pick<Users, 'findById' | 'noteVerified'>
  readonly oneTimeTokens: OneTimeTokens
  readonly mail: Pick<Mail, 'send'>
  readonly audit: Pick<Audit, 'record'>
}

/** The verification of e-mail addresses. */
export function createVerification(options: VerificationOptions): Verification {
  const { config, users, oneTimeTokens, mail, audit } = options

  return {
    async ask(user, device, next) {
      const { token } = await oneTimeTokens.issue('verify_email', user.id, user.email)
      const link = linkTo(config.authUrl, '/verify-email', token, next)
      await mail.send({ to: user.email, ...confirmAddressMail(languageOfDevice(device), config, link) })
    },
    find: async (token) => ownerOf(users, await oneTimeTokens.find('verify_email', token)),
    async confirm(token, device) {
      const user = await ownerOf(users, await oneTimeTokens.redeem('verify_email', token))
      if (!user) return null
      await users.noteVerified(user.id)
      const { uuid } = user
      await audit.record({ event: 'email_confirmed', subject: uuid, actor: uuid, sid: null, device })
      return users.findById(user.id)
    },
  }
}

/** Who proved their address by that, if it is theirs still and they may sign in. */
export async function ownerOf(users: Pick<Users, 'findById'>, proof: Proof | null): Promise<User | null> {
  const user = proof && (await users.findById(proof.userId))
  return user?.isActive && user.email === proof?.email ? user : null
}
