import type { Audit } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { withMinDuration } from '../platform/crypto/min-duration.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { linkTo } from '../platform/mail/token-link.ts'
import { parseEmail } from '../platform/validation/email-address.ts'
import type { FieldErrors } from '../platform/validation/field-errors.ts'
import { readInput } from '../platform/validation/input.ts'
import type { User, Users } from '../users/users.ts'
import { ownerOf } from './email-verification.ts'
import type { FirstVerification, VerifiedUser } from './first-verification.ts'
import { readCode } from './mailed-code.ts'
import { signInMail } from './mails/sign-in-code.ts'
import { type Flow, noFlow, type OneTimeTokens } from './one-time-tokens.ts'
import type { Limits } from './rate-limits.ts'
import { addressInput } from './sign-in-input.ts'

/** A pending sign-in, and the address it was requested for, as typed. */
export interface AskedFlow extends Flow {
  readonly email: string
}

/** Sign-in by email: with a link, or with six digits in the browser that requested them. */
export interface MagicLinks {
  /**
   * Emails both if the address has an account; neither response nor duration reveals that.
   * @throws RateLimited
   */
  ask(
    email: unknown,
    device: Device,
    next?: string | null,
  ): Promise<{ flow: AskedFlow } | { errors: FieldErrors }>
  /** The user of the link, without using it up. */
  find(token: unknown): Promise<User | null>
  /** Uses up the link, and its code. */
  byLink(token: unknown, device: Device): Promise<VerifiedUser | null>
  /**
   * Uses up the code, and its link. Wrong, expired and unsent codes are indistinguishable in message and duration; each
   * counts like a wrong password for the requested address, and appears in the audit log. Input without six digits is
   * no attempt.
   * @throws RateLimited
   */
  byCode(flow: AskedFlow, code: unknown, device: Device): Promise<VerifiedUser | null>
}

export interface MagicLinksOptions {
  readonly config: Sender
  readonly users: Pick<Users, 'findById' | 'findByEmail'>
  readonly oneTimeTokens: OneTimeTokens
  readonly firstVerification: FirstVerification
  readonly limits: Pick<Limits, 'check' | 'consumeMail'>
  readonly mail: Pick<Mail, 'send'>
  readonly audit: Pick<Audit, 'record'>
}

export function createMagicLinks(options: MagicLinksOptions): MagicLinks {
  const { config, users, oneTimeTokens, firstVerification, limits, mail, audit } = options

  async function request(email: string, device: Device, next: string | null): Promise<Flow> {
    const user = await users.findByEmail(email)
    const entry = { event: 'sign_in_mail_requested', actor: null, sid: null, device } as const
    await audit.record({ ...entry, subject: user?.uuid ?? null })
    if (!user?.isActive) return noFlow()
    const { token, code, flow } = await oneTimeTokens.issue('sign_in', user.id, user.email)
    await mail.send({
      to: user.email,
      person: user.uuid,
      ...signInMail(
        languageOfReader(device),
        config,
        linkTo(config.authUrl, '/login/mail/link', token, next),
        code,
      ),
    })
    return flow
  }

  async function noteWrongCode({ email }: AskedFlow, device: Device): Promise<null> {
    const subject = (await users.findByEmail(email))?.uuid ?? null
    const failed = { event: 'sign_in_failed', subject, actor: null, sid: null, device } as const
    await audit.record({ ...failed, details: { reason: 'wrong_code' } })
    return null
  }

  return {
    async ask(email, device, next = null) {
      const read = readInput(addressInput, { email })
      if (!read.ok) return { errors: read.errors }
      const asked = read.value.email
      await limits.consumeMail('sign_in', parseEmail(asked), device)
      return { flow: { ...(await withMinDuration(() => request(asked, device, next))), email: asked } }
    },
    find: async (token) => ownerOf(users, await oneTimeTokens.find('sign_in', token)),
    async byLink(token, device) {
      const user = await ownerOf(users, await oneTimeTokens.redeem('sign_in', token))
      return user && firstVerification(user, device)
    },
    async byCode(flow, code, device) {
      if (readCode(code) === null) return null
      return limits.check(parseEmail(flow.email), device, () =>
        withMinDuration(async () => {
          const user = await ownerOf(users, await oneTimeTokens.redeemCode(flow, code))
          return user ? firstVerification(user, device) : noteWrongCode(flow, device)
        }),
      )
    },
  }
}
