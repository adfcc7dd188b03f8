import type { Audit } from './audit.ts'
import type { Config } from './config.ts'
import type { Deletions } from './deletions.ts'
import { type Device, languageOfDevice } from './device.ts'
import { evenly } from './evenly.ts'
import { emailProblem, isStorable, nameProblem } from './input.ts'
import type { Invitation, Invitations } from './invitations.ts'
import { message, type Words } from './languages/message.ts'
import type { Limits } from './limits.ts'
import type { Mail } from './mail.ts'
import { knownAddressMail } from './mails/known-address.ts'
import type { Sender } from './mails/letter.ts'
import type { TellOfDevice } from './new-devices.ts'
import { passwordProblem } from './password-policy.ts'
import { type Passwords, PasswordsBusy } from './passwords.ts'
import { PersonChanged, type Sessions, type SignedIn } from './sessions.ts'
import type { StandIn } from './stand-ins.ts'
import { hasPassword } from './unusable-password.ts'
import { canonicalEmail, type NewUser, type User, type Users } from './users.ts'
import type { Verification } from './verification.ts'

/** What is wrong with which field, in sentences for the person who filled it in. */
export type FieldErrors = Partial<
  Record<
    | 'email'
    | 'password'
    | 'current_password'
    | 'code'
    | 'first_name'
    | 'last_name'
    | 'remember'
    | 'keep'
    | 'form',
    Words
  >
>

/** `mailed`: nothing is wrong; what was mailed tells how to go on. */
export type AccountResult =
  | { readonly ok: true; readonly value: SignedIn; readonly deletionCancelled?: boolean }
  | { readonly ok: false; readonly errors: FieldErrors; readonly mailed?: true }

/** Input as it came, of any type. */
export interface Credentials {
  readonly email?: unknown
  readonly password?: unknown
}
export interface SignInInput extends Credentials {
  /** Whether the sign-in outlives the browser. Default: `true`. */
  readonly remember?: unknown
}
export interface Registration extends Credentials {
  readonly first_name?: unknown
  readonly last_name?: unknown
  /** The token of the link that they were sent. */
  readonly invitation?: unknown
}

export interface Accounts {
  /**
   * Makes a person, and signs them in unless they have to confirm their address first. Then it tells neither by its
   * words nor by its time whether there is such a person already. The mail leads on to `next`. Throws TooManyTries, as
   * signing in does.
   */
  register(input: Registration, device: Device, next?: string | null): Promise<AccountResult>
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

export interface AccountsOptions {
  readonly config: Sender & Pick<Config, 'registration' | 'emailVerification' | 'passwordMinLength'>
  readonly users: Users
  readonly passwords: Passwords
  readonly standIn: StandIn
  readonly limits: Pick<Limits, 'check' | 'takeMail' | 'takeRegistration'>
  readonly sessions: Pick<Sessions, 'start' | 'endFor'>
  readonly audit: Pick<Audit, 'record'>
  readonly deletions: Pick<Deletions, 'cancel'>
  readonly invitations: Pick<Invitations, 'find' | 'claim' | 'release' | 'settle'>
  readonly now: () => number
  readonly mail: Pick<Mail, 'send'>
  readonly verification: Pick<Verification, 'ask' | 'find' | 'confirm'>
  readonly tellOfDevice: TellOfDevice
}

/** How somebody gets in, as it is told. */
interface Entry {
  readonly event: 'registered' | 'signed_in'
  readonly device: Device
  readonly isPersistent: boolean
  readonly details: Readonly<Record<string, unknown>>
}

/** What was filled in to sign in. */
interface FilledIn {
  readonly email: string
  readonly password: string
  readonly remember: boolean
}

const refused = (errors: FieldErrors) => ({ ok: false, errors }) as const
/** When a registration that was cut short may be tried again, in seconds: before, it may be under way still. */
const AGAIN = { least: 5, most: 3600 }
const TAKEN = message('There is an account with this e-mail already. Sign in instead.')
const WRONG = message('This e-mail and password do not match.')
const UNINVITED = {
  invite: message('Registration is by invitation. Ask the people who run this service for one.'),
  closed: message('Registration is closed. Ask the people who run this service for an account.'),
}
const INVITATION_OVER = message(
  'This invitation was used already, withdrawn, or is older than seven days. Ask for a new one.',
)
const UNCONFIRMED = message('Please confirm your e-mail address first: we have just mailed you a new link.')
const CHANGED = message('Your account was changed while you were signing in. Please try again.')
const OFF = message('This account is switched off. Ask the people who run this service.')

/** Registration and sign-in. */
export function createAccounts(options: AccountsOptions): Accounts {
  const {
    config,
    users,
    passwords,
    standIn,
    limits,
    sessions,
    audit,
    deletions,
    invitations,
    mail,
    verification,
    tellOfDevice,
    now,
  } = options

  /** Signs somebody in as they were seen; `null` where they were changed since. */
  async function welcome(entry: Entry, user: User, tell: (sid: string) => Promise<void> = async () => {}) {
    const { device, isPersistent } = entry
    const value = await unlessChanged(sessions.start(user, device, isPersistent))
    if (!value) return null
    const sid = value.session.id
    try {
      const deletionCancelled = await noteEntry(entry, user, sid)
      await tell(sid)
      return { ok: true, value, deletionCancelled } as const
    } catch (error) {
      // Nobody gets its cookies. In an outage that lasts it can't be ended either, and is over when it expires.
      await sessions.endFor(user.id, sid, { uuid: user.uuid, device }).catch(() => {})
      throw error
    }
  }

  /** What is kept of a sign-in; whether the account was going to be deleted, and is not any more. */
  async function noteEntry({ event, device, details }: Entry, user: User, sid: string): Promise<boolean> {
    const { uuid } = user
    await audit.record({ event, subject: uuid, actor: uuid, sid, device, details })
    const deletionCancelled = await deletions.cancel(user, device)
    // Last: until then, a registration counts as one that was cut short.
    await users.noteLogin(user.id, device.language)
    return deletionCancelled
  }

  /** Signs in whoever proved who they are; if they were changed since, as they are now, where the proof still holds. */
  async function admit(entry: Entry, user: User): Promise<AccountResult> {
    const welcomed = await welcome(entry, user)
    if (welcomed) return welcomed
    const found = await users.findById(user.id)
    const holds = found?.isActive && found.email === user.email && found.password === user.password
    return (holds && (await welcome(entry, found))) || refused({ form: CHANGED })
  }

  /**
   * Stores a hash of another algorithm or cost anew, now that we have the password. No app is told. Returns the person
   * with the hash that they have now.
   */
  async function renewHash(user: User, password: string): Promise<User> {
    if (!passwords.isOutdated(user.password)) return user
    try {
      const becomes = await passwords.hash(password)
      await users.replaceHash(user.id, user.password, becomes)
      return { ...user, password: becomes }
    } catch (error) {
      // Then at the next sign-in: nobody is kept out for this.
      if (error instanceof PasswordsBusy) return user
      throw error
    }
  }

  const mustConfirm = (user: User): boolean =>
    config.emailVerification === 'required' && user.emailVerifiedAt === null

  /** Lets a new person in, or has them confirm their address first; they hear by mail if there is one like them. */
  async function begin(
    created: User | null,
    { email }: NewUser,
    device: Device,
    next: string | null,
  ): Promise<AccountResult> {
    if (created && !mustConfirm(created)) {
      if (created.emailVerifiedAt === null) await verification.ask(created, device, null)
      return admit({ event: 'registered', device, isPersistent: true, details: {} }, created)
    }
    if (config.emailVerification === 'optional') return refused({ email: TAKEN })
    if (created) {
      const { uuid } = created
      await audit.record({ event: 'registered', subject: uuid, actor: uuid, sid: null, device })
      await verification.ask(created, device, next)
    } else {
      const known = await users.findByEmail(email)
      const letter = knownAddressMail(languageOfDevice(device), config)
      if (known?.isActive) await mail.send({ to: known.email, ...letter })
    }
    return { ok: false, errors: {}, mailed: true }
  }

  /**
   * Where an outage cut a registration short, whoever tries again within the hour and with the same password goes on;
   * else it is `null`. Once somebody has signed in, that is what people do.
   */
  async function beginAgain(known: User, person: NewUser, device: Device): Promise<AccountResult | null> {
    const age = now() / 1000 - known.createdAt
    const wasCutShort = known.lastLoginAt === null && age >= AGAIN.least && age < AGAIN.most
    if (!wasCutShort || !known.isActive) return null
    const isRight = () => passwords.check(person.password, known.password)
    return (await limits.check(known.email, device, isRight)) ? begin(known, person, device, null) : null
  }

  async function create(person: NewUser): Promise<User | null> {
    const outcome = await users.create(person)
    return outcome.ok ? outcome.value : null
  }

  /** Nobody can use the invitation meanwhile, nor once somebody came of it. */
  async function createInvited(
    person: NewUser,
    token: unknown,
    device: Device,
  ): Promise<User | null | 'over'> {
    const invitation = await invitations.claim(token)
    if (!invitation) return 'over'
    let created: User | null = null
    try {
      const verified = isAddressedTo(invitation, person) && { emailVerifiedAt: Math.floor(now() / 1000) }
      created = await create({ ...person, isStaff: invitation.isStaff, ...verified })
    } finally {
      if (!created) await invitations.release(invitation)
    }
    if (created) await invitations.settle(invitation.id, created, { uuid: created.uuid, device })
    return created
  }

  /** Whoever was changed while their password was checked is judged anew: then it is `null`. */
  async function attempt(
    { email, password, remember }: FilledIn,
    device: Device,
    next: string | null,
  ): Promise<AccountResult | null> {
    // Nobody has an e-mail that no database stores; asked for one, Postgres refuses the whole statement.
    const look = isStorable(email) ? users.findByEmail(email) : null
    const [user, other] = await Promise.all([look, standIn(email)])
    const matches = await limits.check(email, device, async () => {
      const fits = await passwords.check(password, user ? user.password : other)
      return fits && user !== null
    })
    if (user?.isActive && matches && !mustConfirm(user)) {
      const entry = { event: 'signed_in', device, isPersistent: remember, details: {} } as const
      return welcome(entry, await renewHash(user, password), (sid) => tellOfDevice(user, device, sid))
    }
    if (user?.isActive && matches) {
      await limits.takeMail('verify_email', user.email, device)
      await verification.ask(user, device, next)
    }
    // Of an e-mail that nobody has, too: else the time would tell.
    const reason = !user || !matches ? 'wrong_password' : user.isActive ? 'unconfirmed' : 'switched_off'
    await noteFailure(user, reason, device)
    return refused({ form: WORDS[reason] })
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
    async register(input, device, next = null) {
      const invited = isFilled(input.invitation)
      if (config.registration !== 'open' && !invited) return refused({ form: UNINVITED[config.registration] })
      if (invited && !(await invitations.find(input.invitation))) return refused({ form: INVITATION_OVER })
      const { email, password, first_name: firstName = '', last_name: lastName = '' } = input
      const errors = withoutBlanks({
        email: emailProblem(email),
        password: passwordProblem(password, { email, firstName, lastName }, config.passwordMinLength),
        first_name: nameProblem(firstName),
        last_name: nameProblem(lastName),
      })
      if (Object.keys(errors).length > 0) return refused(errors)
      const person = { email, firstName, lastName } as { email: string; firstName: string; lastName: string }
      await limits.takeRegistration(device)
      const openly = config.emailVerification === 'optional'
      const known = openly ? await users.findByEmail(person.email) : null
      if (known) {
        const typed = { ...person, password: password as string }
        return (await beginAgain(known, typed, device)) ?? refused({ email: TAKEN })
      }
      // Openly, an address is mailed once, when it gets its account.
      if (!openly) await limits.takeMail('welcome', person.email, device)
      const { language } = device
      const newUser = { ...person, language, password: await passwords.hash(password as string) }
      const goOn = async () => {
        const created = invited
          ? await createInvited(newUser, input.invitation, device)
          : await create(newUser)
        return created === 'over' ? refused({ form: INVITATION_OVER }) : begin(created, newUser, device, next)
      }
      return openly ? goOn() : evenly(goOn)
    },

    async confirm(token, password, device) {
      const user = await verification.find(token)
      if (!user) return null
      if (hasPassword(user) && !isFilled(password)) {
        return refused({ password: message('Enter your password.') })
      }
      const isRight = async () => !hasPassword(user) || passwords.check(password as string, user.password)
      if (!(await limits.check(user.email, device, isRight))) {
        await noteFailure(user, 'wrong_password', device)
        return refused({ password: message('This is not your password.') })
      }
      const confirmed = await verification.confirm(token, device)
      if (!confirmed) return null
      const entry = { event: 'signed_in', device, isPersistent: true, details: { by: 'link' } } as const
      return confirmed.password === user.password ? admit(entry, confirmed) : refused({ form: CHANGED })
    },

    enter: (user, device, isPersistent, by) =>
      admit({ event: 'signed_in', device, isPersistent, details: { by } }, user),

    async signIn({ email, password, remember = true }, device, next = null) {
      const errors = withoutBlanks({
        email: isFilled(email) ? undefined : message('Enter your e-mail address.'),
        password: isFilled(password) ? undefined : message('Enter your password.'),
        remember:
          typeof remember === 'boolean'
            ? undefined
            : message('Say true or false, or leave this out for true.'),
      })
      if (Object.keys(errors).length > 0) return refused(errors)
      const given = { email: email as string, password: password as string, remember: remember === true }
      const once = () => attempt(given, device, next)
      return (await once()) ?? (await once()) ?? refused({ form: CHANGED })
    },
  }
}

/** `null` where it is too late for it. */
const unlessChanged = (starting: Promise<SignedIn>): Promise<SignedIn | null> =>
  starting.catch((error) => {
    if (error instanceof PersonChanged) return null
    throw error
  })

/** Who has the link that was mailed there showed that the address is theirs. */
const isAddressedTo = ({ email }: Invitation, person: NewUser): boolean =>
  email !== null && canonicalEmail(email) === canonicalEmail(person.email)

const WORDS = { wrong_password: WRONG, unconfirmed: UNCONFIRMED, switched_off: OFF }

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

function withoutBlanks(errors: Record<keyof FieldErrors & string, Words | undefined> | object): FieldErrors {
  return Object.fromEntries(Object.entries(errors).filter(([, sentence]) => sentence !== undefined))
}
