import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Audit, AuditEvent } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import { type Message, message } from '../platform/i18n/message.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import { type Mail, readerAmong } from '../platform/mail/outbox.ts'
import { linkTo } from '../platform/mail/token-link.ts'
import { parseEmail } from '../platform/validation/email-address.ts'
import { type FieldErrors, withoutBlanks } from '../platform/validation/field-errors.ts'
import { readInput, readValue } from '../platform/validation/input.ts'
import type { AccountDeletions } from '../users/account-deletion.ts'
import { emailChangedMail } from '../users/mails/email-changed.ts'
import { hasPassword } from '../users/unusable-password.ts'
import type { User, Users } from '../users/users.ts'
import { changeEmailMail, emailChangeAskedMail } from './mails/change-email.ts'
import type { OneTimeTokens } from './one-time-tokens.ts'
import type { PasswordChange } from './passwords/change.ts'
import type { Passwords } from './passwords/passwords.ts'
import {
  type DeletionInput,
  type EmailInput,
  emailInput,
  type NamesInput,
  namesInput,
  type PasswordInput,
  passwordInput,
} from './profile-input.ts'
import { type Limits, type Requester, requesterOf } from './rate-limits.ts'
import { enteredPassword } from './reauthentication-input.ts'

/** The origin of a change. */
export interface Origin {
  /** Id of the session. */
  readonly sid: string
  readonly device: Device
  /**
   * Whether the user has recently confirmed their identity. Users without a password need this for changes. Default:
   * no.
   */
  readonly isProved?: boolean
}

/** The change of address behind a link. */
export interface EmailChange {
  readonly user: User
  readonly email: string
}

/**
 * Users' changes to their own account. Input is unvalidated; errors are sentences for the user.
 * @throws RateLimited
 */
export interface Profile {
  /** Changes the given names. */
  rename(user: User, input: NamesInput, origin: Origin): Promise<FieldErrors>
  /** Ends all other sessions, and with `keep: false` this one; informs the owner by email. */
  changePassword(user: User, input: PasswordInput, origin: Origin): Promise<FieldErrors>
  /**
   * Emails a link to the new address, and a notice to the old one. Changes nothing yet, and does not reveal whether the
   * address has an account.
   */
  askForEmail(user: User, input: EmailInput, origin: Origin): Promise<FieldErrors>
  /** The change behind the link, without using it up; `null` if it is invalid or used. */
  findChange(token: unknown): Promise<EmailChange | null>
  /**
   * Uses up the link: changes the address, and informs the old one. `gone` if the password changed since the email,
   * since its requester knew the former one. The reader of the email may not be the requester, and must not confirm a
   * stranger's account: without a session, the account's password is required. Five wrong ones void the link; each also
   * counts for the account, and a stranger must not lock out its owner for long.
   */
  confirmEmail(token: unknown, by: EmailConfirmation): Promise<Result<User, 'gone' | FieldErrors>>
  /** Schedules the deletion of the account after the grace period; returns the time in seconds. */
  requestDeletion(user: User, input: DeletionInput, origin: Origin): Promise<Result<number, FieldErrors>>
}

/** The user who opens the link to a new address. */
export interface EmailConfirmation {
  readonly device: Device
  /** As the owner of the account, who needs no password. */
  readonly isSignedIn: boolean
  readonly password?: unknown
}

export interface ProfileOptions {
  readonly config: Sender & Pick<Config, 'passwordMinLength'>
  readonly users: Pick<Users, 'findById' | 'update'>
  readonly passwords: Passwords
  readonly limits: Pick<Limits, 'check' | 'consumeChange' | 'consumeMail'>
  readonly oneTimeTokens: OneTimeTokens
  readonly deletions: Pick<AccountDeletions, 'request'>
  readonly changePassword: PasswordChange
  readonly mail: Mail
  readonly audit: Audit
  readonly now: () => number
}

/** The device of a request without a session. */
type Whence = Omit<Origin, 'sid'> & { readonly sid: string | null }

const WRONG = message('This is not your current password.')
const OUTDATED = message(
  'Your password was changed in the meantime, so nothing was done. Try again with the new password.',
)
const TAKEN = message('Another account uses this address. Your address was not changed.')
const LAST = message('You are the last superuser. Make another person a superuser first.')

export function createProfile(options: ProfileOptions): Profile {
  const { config, users, passwords, limits, oneTimeTokens, deletions, changePassword } = options
  const { mail, audit, now } = options

  /** The user as their own actor. */
  const entryOf = (event: AuditEvent, { uuid }: User, { sid, device }: Whence) =>
    ({ event, subject: uuid, actor: uuid, sid, device }) as const

  /** An error message unless this is the user's password; the audit log records wrong ones. */
  async function passwordRefusal(
    user: User,
    password: unknown,
    origin: Whence,
  ): Promise<Message | undefined> {
    if (origin.isProved && !hasPassword(user)) return undefined
    const read = readValue(enteredPassword, password)
    if (!read.ok) return read.reason
    const isRight = (requester: Requester) => passwords.check(read.value, user.password, requester)
    if (await limits.check(parseEmail(user.email), origin.device, isRight)) return undefined
    await audit.record(entryOf('password_refused', user, origin))
    return WRONG
  }

  /** The password changed after it was checked. */
  async function outdated(user: User, origin: Origin): Promise<FieldErrors> {
    await audit.record(entryOf('password_refused', user, origin))
    return { form: OUTDATED }
  }

  async function findChange(token: unknown): Promise<EmailChange | null> {
    const proof = await oneTimeTokens.find('change_email', token)
    const user = proof && (await users.findById(proof.userId))
    return proof && user?.isActive ? { user, email: proof.email } : null
  }

  return {
    async rename(user, input, origin) {
      const read = readInput(namesInput, input)
      if (!read.ok) return read.errors
      const { first_name: first, last_name: last } = read.value
      const names = {
        ...(first !== undefined && first !== user.firstName && { firstName: first }),
        ...(last !== undefined && last !== user.lastName && { lastName: last }),
      }
      if (Object.keys(names).length === 0) return {}
      await limits.consumeChange('names', user.uuid)
      const details = { before: namesOf(user), after: namesOf({ ...user, ...names }) }
      const entry = { ...entryOf('names_changed', user, origin), details }
      await users.update(user.uuid, names, { also: (from) => [audit.step(entry, from)] })
      return {}
    },

    async changePassword(user, input, origin) {
      const current = input.current_password
      const read = readInput(passwordInput(config.passwordMinLength, user, current), input)
      const refusal = withoutBlanks({ current_password: await passwordRefusal(user, current, origin) })
      if (!read.ok) return { ...read.errors, ...refusal }
      if (refusal.current_password) return refusal
      const { password, keep } = read.value
      await limits.consumeChange('password', user.uuid)
      const hash = await passwords.hash(password, requesterOf(parseEmail(user.email), origin.device))
      const effect = keep ? { overBut: origin.sid } : 'over'
      const how = { event: 'password_changed', effect, device: origin.device } as const
      return (await changePassword(user, hash, how)) ? {} : outdated(user, origin)
    },

    async askForEmail(user, input, origin) {
      const read = readInput(emailInput(user.email), input)
      const refusal = withoutBlanks({
        current_password: await passwordRefusal(user, input.current_password, origin),
      })
      if (!read.ok) return { ...read.errors, ...refusal }
      if (refusal.current_password) return refusal
      await limits.consumeChange('email', user.uuid)
      const address = read.value.email
      const language = languageOfReader(origin.device)
      await limits.consumeMail('change_email', parseEmail(user.email), origin.device)
      await limits.consumeMail('change_email', parseEmail(address), origin.device)
      const issued = await oneTimeTokens.issueIf('change_email', user, address)
      if (!issued) return outdated(user, origin)
      await audit.record({ ...entryOf('email_change_requested', user, origin), details: { to: address } })
      await mail.send({
        to: address,
        person: user.uuid,
        ...changeEmailMail(language, config, linkTo(config.authUrl, '/change-email', issued.token)),
      })
      await mail.send({
        to: user.email,
        person: user.uuid,
        ...emailChangeAskedMail(languageOfReader(readerAmong([user, origin.device])), config),
      })
      return {}
    },

    findChange,

    async confirmEmail(token, { device, isSignedIn, password }) {
      // Read before the link is used up: a new password set in between voids it.
      const change = await findChange(token)
      if (!change) return failure('gone')
      const { user, email } = change
      const whence = { device, sid: null }
      const problem = isSignedIn ? undefined : await passwordRefusal(user, password, whence)
      if (problem === WRONG && (await oneTimeTokens.countWrong('change_email', token))) return failure('gone')
      if (problem) return failure({ password: problem })
      if (!(await oneTimeTokens.redeem('change_email', token))) return failure('gone')
      const details = { before: { email: user.email }, after: { email } }
      const entry = { ...entryOf('email_changed', user, whence), details }
      const letter = emailChangedMail(languageOfReader(readerAmong([user, device])), config)
      const emailVerifiedAt = unixTime(now)
      const changed = await users.update(
        user.uuid,
        { email, emailVerifiedAt },
        {
          ifPassword: user.password,
          also: (from) => [
            audit.step(entry, from),
            mail.step({ to: user.email, person: user.uuid, ...letter }, from),
          ],
        },
      )
      mail.wake()
      if (changed.ok) return success(changed.value)
      return failure(changed.reason === 'email_taken' ? { email: TAKEN } : 'gone')
    },

    async requestDeletion(user, { password }, origin) {
      const problem = await passwordRefusal(user, password, origin)
      if (problem) return failure({ password: problem })
      const asked = await deletions.request(user, origin.device)
      if (asked.ok) return asked
      return failure(asked.reason === 'outdated' ? await outdated(user, origin) : { form: LAST })
    },
  }
}

const namesOf = ({ firstName, lastName }: Pick<User, 'firstName' | 'lastName'>) => ({
  first_name: firstName,
  last_name: lastName,
})
