import { type Actor, type Audit, OPERATOR } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import type { Config } from '../platform/config/config.ts'
import { withMinDuration } from '../platform/crypto/min-duration.ts'
import type { Language } from '../platform/i18n/language.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { linkTo } from '../platform/mail/token-link.ts'
import { parseEmail } from '../platform/validation/email-address.ts'
import type { FieldErrors } from '../platform/validation/field-errors.ts'
import { readInput } from '../platform/validation/input.ts'
import type { User, Users } from '../users/users.ts'
import { ownerOf } from './email-verification.ts'
import { resetPasswordMail } from './mails/reset-password.ts'
import type { OneTimeTokens } from './one-time-tokens.ts'
import type { PasswordChange } from './passwords/change.ts'
import type { Passwords } from './passwords/passwords.ts'
import { resetInput } from './profile-input.ts'
import { type Limits, requesterOf } from './rate-limits.ts'
import { addressInput } from './sign-in-input.ts'

export type ResetResult =
  | { readonly ok: true; readonly value: User }
  /** `gone`: the link is invalid or used. */
  | { readonly ok: false; readonly errors: FieldErrors | 'gone' }

/** Resets forgotten passwords. */
export interface PasswordReset {
  /**
   * Emails a link to the stored address if it has an account, which neither the response nor its duration reveals.
   * Reports malformed input.
   * @throws RateLimited
   */
  requestReset(email: unknown, device: Device, next?: string | null): Promise<FieldErrors>
  /** Like `forgot`, for a known user in their language, on behalf of an administrator and without rate limits. */
  sendLink(user: User, by: Actor): Promise<void>
  /** The same link without an email, for an administrator to pass on. */
  createResetLink(user: User): Promise<string>
  /** The user of the link, without using it up. */
  find(token: unknown): Promise<User | null>
  /** Uses up the link for a new password: every session ends, and the owner is informed. */
  reset(token: unknown, password: unknown, device: Device): Promise<ResetResult>
}

export interface PasswordResetOptions {
  readonly config: Sender & Pick<Config, 'passwordMinLength'>
  readonly users: Pick<Users, 'findById' | 'findByEmail'>
  readonly passwords: Pick<Passwords, 'hash'>
  readonly limits: Pick<Limits, 'consumeMail' | 'consumeWork'>
  readonly oneTimeTokens: OneTimeTokens
  readonly changePassword: PasswordChange
  readonly mail: Pick<Mail, 'send'>
  readonly audit: Pick<Audit, 'record'>
}

/** Forgotten passwords. */
export function createPasswordReset(options: PasswordResetOptions): PasswordReset {
  const { config, users, passwords, limits, oneTimeTokens, changePassword, mail, audit } = options

  async function linkFor(user: User, next: string | null): Promise<string> {
    const { token } = await oneTimeTokens.issue('reset_password', user.id, user.email)
    return linkTo(config.authUrl, '/password/reset', token, next)
  }

  async function request(
    user: User | null,
    by: Actor,
    language: Language,
    next: string | null,
  ): Promise<void> {
    // Unknown addresses, too, so that the operator sees someone trying them.
    const entry = { event: 'password_reset_requested', subject: user?.uuid ?? null, sid: null } as const
    await audit.record({ ...entry, actor: by.uuid, device: by.device })
    if (!user?.isActive) return
    const link = await linkFor(user, next)
    await mail.send({ to: user.email, person: user.uuid, ...resetPasswordMail(language, config, link) })
  }

  const find = async (token: unknown) => ownerOf(users, await oneTimeTokens.find('reset_password', token))

  return {
    async requestReset(email, device, next = null) {
      const read = readInput(addressInput, { email })
      if (!read.ok) return read.errors
      const address = read.value.email
      await limits.consumeMail('reset_password', parseEmail(address), device)
      await withMinDuration(async () =>
        request(await users.findByEmail(address), { uuid: null, device }, languageOfReader(device), next),
      )
      return {}
    },
    sendLink: (user, by) => request(user, by, languageOfReader(user), null),
    async createResetLink(user) {
      const { uuid: actor, device } = OPERATOR
      await audit.record({ event: 'password_link_made', subject: user.uuid, actor, sid: null, device })
      return linkFor(user, null)
    },
    find,
    async reset(token, password, device) {
      const person = await find(token)
      if (!person) return { ok: false, errors: 'gone' }
      // Neither an invalid password nor a full queue uses up the link.
      const read = readInput(resetInput(config.passwordMinLength, person), { token, password })
      if (!read.ok) return read
      await limits.consumeWork(parseEmail(person.email), device)
      const hash = await passwords.hash(read.value.password, requesterOf(parseEmail(person.email), device))
      const user = await ownerOf(users, await oneTimeTokens.redeem('reset_password', token))
      if (!user) return { ok: false, errors: 'gone' }
      await changePassword(user, hash, { event: 'password_reset', effect: 'over', device })
      return { ok: true, value: user }
    },
  }
}
