import type * as v from 'valibot'
import type { Device } from '../platform/client/device.ts'
import { message } from '../platform/i18n/message.ts'
import type { Log } from '../platform/logging/logger.ts'
import { parseEmail } from '../platform/validation/email-address.ts'
import { type FieldErrors, refused } from '../platform/validation/field-errors.ts'
import { readInput, readValue } from '../platform/validation/input.ts'
import { hasPassword } from '../users/unusable-password.ts'
import type { User, Users } from '../users/users.ts'
import {
  type AccountResult,
  CHANGED,
  createSignInCompletion,
  type SignInCompletionOptions,
} from './complete-sign-in.ts'
import type { EmailVerification } from './email-verification.ts'
import type { NewDeviceAlert } from './new-device-alert.ts'
import type { DummyHash } from './passwords/dummy-hash.ts'
import { isTooCostly } from './passwords/hashers/hashers.ts'
import { type Passwords, PasswordsBusy } from './passwords/passwords.ts'
import { type Requester, requesterOf } from './rate-limits.ts'
import { enteredPassword } from './reauthentication-input.ts'
import { createRegistration, type Register, type RegistrationOptions } from './registration.ts'
import { type SignInInput, signInInput } from './sign-in-input.ts'

/** The user, or the errors by field. */
export type Identified =
  | { readonly ok: true; readonly user: User }
  | { readonly ok: false; readonly errors: FieldErrors }

export interface PasswordSignIn {
  readonly register: Register
  /**
   * Reveals neither by its message nor by its duration whether the email has an account. Unconfirmed users with the
   * right password are sent another link.
   */
  signIn(input: SignInInput, device: Device, next?: string | null): Promise<AccountResult>
  /**
   * The user of an email and password, with the limits and the audit entries of a sign-in, but without a session: for
   * what creates something else with them.
   */
  identify(input: SignInInput, device: Device): Promise<Identified>
  /**
   * Uses up a confirmation link with the password, and signs the user in: the reader of the email may not be the
   * registered user. `null` if the link is invalid or used.
   */
  confirm(token: unknown, password: unknown, device: Device): Promise<AccountResult | null>
  /** Signs in a user with another proof of identity; `by` is recorded in the audit log. */
  completeSignIn(
    user: User,
    device: Device,
    isPersistent: boolean,
    by: 'link' | 'code',
  ): Promise<AccountResult>
}

export interface PasswordSignInOptions
  extends Omit<RegistrationOptions, 'completion'>,
    SignInCompletionOptions {
  readonly config: RegistrationOptions['config']
  readonly users: Pick<
    Users,
    'create' | 'findByAddress' | 'findByEmail' | 'findById' | 'noteLogin' | 'replaceHash'
  >
  readonly passwords: Passwords
  readonly dummyHash: DummyHash
  readonly emailVerification: Pick<EmailVerification, 'sendLink' | 'find' | 'confirm'>
  readonly newDeviceAlert: NewDeviceAlert
  readonly log: Pick<Log, 'warn'>
}

/** The message to the user, by the reason in the audit log. */
const WORDS = {
  wrong_password: message('This email and password do not match.'),
  unconfirmed: message('Confirm your email address first. We have just sent you a new link.'),
  switched_off: message('This account is disabled. Ask your administrator.'),
}

const HOUR = 3_600_000
/** The number of accounts with expensive hashes that are remembered. */
const MAX_COSTLY = 1000

/** Registration and sign-in. */
export function createPasswordSignIn(options: PasswordSignInOptions): PasswordSignIn {
  const { users, passwords, dummyHash, limits, audit, emailVerification, newDeviceAlert, log, now } = options
  const costly = new Map<number, number>()
  const completion = createSignInCompletion(options)

  /**
   * Rehashes the password with the current algorithm and cost, without telling apps. Returns the user with the new
   * hash.
   */
  async function renewHash(user: User, password: string, device: Device): Promise<User> {
    try {
      const becomes = await passwords.hash(password, requesterOf(parseEmail(user.email), device))
      await users.replaceHash(user.id, user.password, becomes)
      return { ...user, password: becomes }
    } catch (error) {
      // The next sign-in tries again: this must not prevent signing in.
      if (error instanceof PasswordsBusy) return user
      throw error
    }
  }

  /** The user of these credentials, and whether the device is unknown to them; else the errors. */
  async function prove(
    { email, password }: v.InferOutput<typeof signInInput>,
    device: Device,
    next: string | null,
  ) {
    const [user, other] = await Promise.all([users.findByAddress(email), dummyHash(email)])
    let isNewDevice = false
    const matching = await limits.check(email, device, async (requester, isKnownDevice) => {
      isNewDevice = !isKnownDevice
      const compared = await passwords.compare(password, user ? user.password : other, requester)
      return user && compared.matches ? compared : null
    })
    const matches = matching !== null
    if (user?.isActive && matches && !completion.mustConfirm(user)) {
      const current = matching.isOutdated ? await renewHash(user, password, device) : user
      return { ok: true, user: current, isNewDevice } as const
    }
    if (user?.isActive && matches) {
      await limits.consumeMail('verify_email', parseEmail(user.email), device)
      await emailVerification.sendLink(user, device, next)
    }
    // Unknown emails, too, since their absence would show in the duration.
    if (user && !matches) noteCostlyHash(user)
    const reason = !user || !matches ? 'wrong_password' : user.isActive ? 'unconfirmed' : 'switched_off'
    await noteFailure(user, reason, device)
    return refused({ form: WORDS[reason] })
  }

  /** `null` for a user who changed during the password check. */
  async function attempt(
    given: v.InferOutput<typeof signInInput>,
    device: Device,
    next: string | null,
  ): Promise<AccountResult | null> {
    const proved = await prove(given, device, next)
    if (!proved.ok) return proved
    const { user, isNewDevice } = proved
    const entry = { event: 'signed_in', device, isPersistent: given.remember, details: {} } as const
    return completion.completeUnchanged(entry, user, isNewDevice ? newDeviceAlert : undefined)
  }

  /** Otherwise such an account looks like one with a forgotten password. Logged at most once an hour per account. */
  function noteCostlyHash({ id, uuid, password }: User): void {
    if (!isTooCostly(password) || (costly.get(id) ?? 0) > now() - HOUR) return
    if (costly.size >= MAX_COSTLY) costly.clear()
    costly.set(id, now())
    const event = 'password_hash_too_costly'
    const remedy = 'give the user a new password: "latchkey users reset-link EMAIL"'
    log.warn(
      { event, user: uuid, remedy },
      'a sign-in failed: the cost of the stored password hash is too high',
    )
  }

  const noteFailure = (user: User | null, reason: keyof typeof WORDS, device: Device) =>
    audit.record({
      event: 'sign_in_failed',
      subject: user?.uuid ?? null,
      actor: null,
      sid: null,
      device,
      details: { reason },
    })

  return {
    register: createRegistration({ ...options, completion }),

    async identify(input, device) {
      const read = readInput(signInInput, input)
      return read.ok ? prove(read.value, device, null) : refused(read.errors)
    },

    async confirm(token, password, device) {
      const user = await emailVerification.find(token)
      if (!user) return null
      const entered = readValue(enteredPassword, password)
      if (hasPassword(user) && !entered.ok) return refused({ password: entered.reason })
      const isRight = async (requester: Requester) =>
        !hasPassword(user) || (entered.ok && passwords.check(entered.value, user.password, requester))
      if (!(await limits.check(parseEmail(user.email), device, isRight))) {
        await noteFailure(user, 'wrong_password', device)
        return refused({ password: message('This is not your current password.') })
      }
      const confirmed = await emailVerification.confirm(token, device)
      if (!confirmed) return null
      const entry = {
        event: 'signed_in',
        device,
        isPersistent: true,
        amr: hasPassword(user) ? 'pwd' : 'otp',
        details: { by: 'link' },
      } as const
      return confirmed.password === user.password
        ? completion.completeSignIn(entry, confirmed)
        : refused({ form: CHANGED })
    },

    completeSignIn: (user, device, isPersistent, by) =>
      completion.completeSignIn(
        { event: 'signed_in', device, isPersistent, amr: 'otp', details: { by } },
        user,
      ),

    async signIn(input, device, next = null) {
      const read = readInput(signInInput, input)
      if (!read.ok) return refused(read.errors)
      const given = read.value
      const once = () => attempt(given, device, next)
      return (await once()) ?? (await once()) ?? refused({ form: CHANGED })
    },
  }
}
