import type * as v from 'valibot'
import type { Device } from '../platform/client/device.ts'
import { message } from '../platform/i18n/message.ts'
import type { Log } from '../platform/logging/logger.ts'
import { isFilled, refused } from '../platform/validation/field-errors.ts'
import { readInput } from '../platform/validation/input.ts'
import { isStorable } from '../platform/validation/validators.ts'
import { hasPassword } from '../users/unusable-password.ts'
import type { User, Users } from '../users/users.ts'
import { type AccountResult, type AdmissionOptions, CHANGED, createAdmission } from './complete-sign-in.ts'
import type { Verification } from './email-verification.ts'
import type { TellOfDevice } from './new-device-alert.ts'
import type { StandIn } from './passwords/dummy-hash.ts'
import { isTooCostly } from './passwords/hashers/hashers.ts'
import { type Passwords, PasswordsBusy, requesterOf } from './passwords/passwords.ts'
import { createRegistration, type Register, type RegistrationOptions } from './registration.ts'
import { type SignInInput, signInInput } from './sign-in-input.ts'

export interface Accounts {
  readonly register: Register
  /**
   * Tells neither by its words nor by its time whether there is such an e-mail. Whoever has to confirm theirs first,
   * and knows the password, is mailed another link.
   */
  signIn(input: SignInInput, device: Device, next?: string | null): Promise<AccountResult>
  /**
   * Spends the link that was mailed to confirm an address, for whoever knows the password, too, and signs them in: who
   * reads the mail need not be who registered. `null` where the link is none, or was used.
   */
  confirm(token: unknown, password: unknown, device: Device): Promise<AccountResult | null>
  /** Signs somebody in who has proved in another way who they are; `by` is kept in the audit log. */
  enter(user: User, device: Device, isPersistent: boolean, by: 'link' | 'code'): Promise<AccountResult>
}

export interface AccountsOptions extends Omit<RegistrationOptions, 'admission'>, AdmissionOptions {
  readonly config: RegistrationOptions['config']
  readonly users: Pick<Users, 'create' | 'findByEmail' | 'findById' | 'noteLogin' | 'replaceHash'>
  readonly passwords: Passwords
  readonly standIn: StandIn
  readonly verification: Pick<Verification, 'ask' | 'find' | 'confirm'>
  readonly tellOfDevice: TellOfDevice
  readonly log: Pick<Log, 'warn'>
}

/** What somebody is told, by the reason that the audit log keeps. */
const WORDS = {
  wrong_password: message('This e-mail and password do not match.'),
  unconfirmed: message('Please confirm your e-mail address first: we have just mailed you a new link.'),
  switched_off: message('This account is switched off. Ask the people who run this service.'),
}

const HOUR = 3_600_000
/** So many accounts with costly hashes are remembered. */
const MAX_COSTLY = 1000

/** Registration and sign-in. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { users, passwords, standIn, limits, audit, verification, tellOfDevice, log, now } = options
  const costly = new Map<number, number>()
  const admission = createAdmission(options)

  /**
   * Stores a hash of another algorithm or cost anew, now that we have the password. No app is told. Returns the person
   * with the hash that they have now.
   */
  async function renewHash(user: User, password: string, device: Device): Promise<User> {
    if (!passwords.isOutdated(user.password)) return user
    try {
      const becomes = await passwords.hash(password, requesterOf(user.email, device))
      await users.replaceHash(user.id, user.password, becomes)
      return { ...user, password: becomes }
    } catch (error) {
      // Then at the next sign-in: nobody is kept out for this.
      if (error instanceof PasswordsBusy) return user
      throw error
    }
  }

  /** Whoever was changed while their password was checked is judged anew: then it is `null`. */
  async function attempt(
    { email, password, remember }: v.InferOutput<typeof signInInput>,
    device: Device,
    next: string | null,
  ): Promise<AccountResult | null> {
    // Nobody has an e-mail that no database stores; asked for one, Postgres refuses the whole statement.
    const look = isStorable(email) ? users.findByEmail(email) : null
    const [user, other] = await Promise.all([look, standIn(email)])
    const matches = await limits.check(email, device, async () => {
      const fits = await passwords.check(password, user ? user.password : other, requesterOf(email, device))
      return fits && user !== null
    })
    if (user?.isActive && matches && !admission.mustConfirm(user)) {
      const entry = { event: 'signed_in', device, isPersistent: remember, details: {} } as const
      return admission.welcome(entry, await renewHash(user, password, device), (sid) =>
        tellOfDevice(user, device, sid),
      )
    }
    if (user?.isActive && matches) {
      await limits.takeMail('verify_email', user.email, device)
      await verification.ask(user, device, next)
    }
    // Of an e-mail that nobody has, too: else the time would tell.
    if (user && !matches) noteCostlyHash(user)
    const reason = !user || !matches ? 'wrong_password' : user.isActive ? 'unconfirmed' : 'switched_off'
    await noteFailure(user, reason, device)
    return refused({ form: WORDS[reason] })
  }

  /** Nobody could tell such an account from one whose person forgot the password. Once an hour at most for each. */
  function noteCostlyHash({ id, uuid, password }: User): void {
    if (!isTooCostly(password) || (costly.get(id) ?? 0) > now() - HOUR) return
    if (costly.size >= MAX_COSTLY) costly.clear()
    costly.set(id, now())
    const event = 'password_hash_too_costly'
    const remedy = 'the person needs a new password: "latchkey users reset-link EMAIL"'
    log.warn(
      { event, user: uuid, remedy },
      'a sign-in failed: the stored hash costs more than we spend on one',
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
    register: createRegistration({ ...options, admission }),

    async confirm(token, password, device) {
      const user = await verification.find(token)
      if (!user) return null
      if (hasPassword(user) && !isFilled(password)) {
        return refused({ password: message('Enter your password.') })
      }
      const isRight = async () =>
        !hasPassword(user) ||
        passwords.check(password as string, user.password, requesterOf(user.email, device))
      if (!(await limits.check(user.email, device, isRight))) {
        await noteFailure(user, 'wrong_password', device)
        return refused({ password: message('This is not your password.') })
      }
      const confirmed = await verification.confirm(token, device)
      if (!confirmed) return null
      const entry = { event: 'signed_in', device, isPersistent: true, details: { by: 'link' } } as const
      return confirmed.password === user.password
        ? admission.admit(entry, confirmed)
        : refused({ form: CHANGED })
    },

    enter: (user, device, isPersistent, by) =>
      admission.admit({ event: 'signed_in', device, isPersistent, details: { by } }, user),

    async signIn(input, device, next = null) {
      const read = readInput(signInInput, input)
      if (!read.ok) return refused(read.errors)
      const given = read.value
      const once = () => attempt(given, device, next)
      return (await once()) ?? (await once()) ?? refused({ form: CHANGED })
    },
  }
}
