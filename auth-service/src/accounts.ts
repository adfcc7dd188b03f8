import type { Audit } from './audit.ts'
import type { Config } from './config.ts'
import type { Deletions } from './deletions.ts'
import type { Device } from './device.ts'
import { emailProblem, isStorable, nameProblem } from './input.ts'
import type { Invitation, Invitations } from './invitations.ts'
import { passwordProblem } from './password-policy.ts'
import { type Passwords, PasswordsBusy } from './passwords.ts'
import type { Sessions, SignedIn } from './sessions.ts'
import { canonicalEmail, type NewUser, type User, type Users } from './users.ts'

/** What is wrong with which field, in sentences for the person who filled it in. */
export type FieldErrors = Partial<
  Record<'email' | 'password' | 'first_name' | 'last_name' | 'remember' | 'form', string>
>

export type AccountResult =
  | { readonly ok: true; readonly value: SignedIn; readonly deletionCancelled?: boolean }
  | { readonly ok: false; readonly errors: FieldErrors }

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
  /** Makes a person and signs them in. */
  register(input: Registration, device: Device): Promise<AccountResult>
  /** Tells neither by its words nor by its time whether there is such an e-mail. */
  signIn(input: SignInInput, device: Device): Promise<AccountResult>
}

export interface AccountsOptions {
  readonly config: Pick<Config, 'registration' | 'passwordMinLength'>
  readonly users: Users
  readonly passwords: Passwords
  readonly sessions: Pick<Sessions, 'start'>
  readonly audit: Pick<Audit, 'record'>
  readonly deletions: Pick<Deletions, 'cancel'>
  readonly invitations: Pick<Invitations, 'find' | 'claim' | 'release' | 'settle'>
  readonly now: () => number
}

const refused = (errors: FieldErrors) => ({ ok: false, errors }) as const
const TAKEN = 'There is an account with this e-mail already. Sign in instead.'
const WRONG = 'This e-mail and password do not match.'
const INVITED_ONLY = 'Registration is by invitation. Ask the people who run this service for one.'
const INVITATION_OVER =
  'This invitation was used already, withdrawn, or is older than seven days. Ask for a new one.'
const OFF = 'This account is switched off. Ask the people who run this service.'

/** Registration and sign-in. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { config, users, passwords, sessions, audit, deletions, invitations, now } = options

  async function welcome(
    event: 'registered' | 'signed_in',
    user: User,
    device: Device,
    isPersistent: boolean,
  ): Promise<AccountResult> {
    const value = await sessions.start(user, device, isPersistent)
    await users.noteLogin(user.id)
    await audit.record({ event, subject: user.uuid, actor: user.uuid, sid: value.session.id, device })
    const deletionCancelled = await deletions.cancel(user, device)
    return { ok: true, value, deletionCancelled }
  }

  /** Stores a hash of another algorithm or cost anew, now that we have the password. No app is told. */
  async function renewHash(user: User, password: string): Promise<void> {
    if (!passwords.isOutdated(user.password)) return
    try {
      await users.replaceHash(user.id, user.password, await passwords.hash(password))
    } catch (error) {
      // Then at the next sign-in: nobody is kept out for this.
      if (!(error instanceof PasswordsBusy)) throw error
    }
  }

  /** Nobody can use the invitation meanwhile, nor once somebody came of it. */
  async function registerInvited(person: NewUser, token: unknown, device: Device): Promise<AccountResult> {
    const invitation = await invitations.claim(token)
    if (!invitation) return refused({ form: INVITATION_OVER })
    let created: User | null = null
    try {
      const verified = isAddressedTo(invitation, person) && { emailVerifiedAt: Math.floor(now() / 1000) }
      const outcome = await users.create({ ...person, isStaff: invitation.isStaff, ...verified })
      created = outcome.ok ? outcome.value : null
    } finally {
      if (!created) await invitations.release(invitation.id)
    }
    if (!created) return refused({ email: TAKEN })
    await invitations.settle(invitation.id, created, { uuid: created.uuid, device })
    return welcome('registered', created, device, true)
  }

  return {
    async register(input, device) {
      if (config.registration === 'closed') {
        return refused({
          form: 'Registration is closed. Ask the people who run this service for an account.',
        })
      }
      const invited = isFilled(input.invitation)
      if (config.registration === 'invite' && !invited) return refused({ form: INVITED_ONLY })
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
      if (await users.findByEmail(person.email)) return refused({ email: TAKEN })
      const newUser = { ...person, password: await passwords.hash(password as string) }
      if (invited) return registerInvited(newUser, input.invitation, device)
      const created = await users.create(newUser)
      return created.ok ? welcome('registered', created.value, device, true) : refused({ email: TAKEN })
    },

    async signIn({ email, password, remember = true }, device) {
      const errors = withoutBlanks({
        email: isFilled(email) ? undefined : 'Enter your e-mail address.',
        password: isFilled(password) ? undefined : 'Enter your password.',
        remember:
          typeof remember === 'boolean' ? undefined : 'Say true or false, or leave this out for true.',
      })
      if (Object.keys(errors).length > 0) return refused(errors)
      // Nobody has an e-mail that no database stores; asked for one, Postgres refuses the whole statement.
      const user = isStorable(email as string) ? await users.findByEmail(email as string) : null
      const matches = await passwords.check(password as string, user?.password ?? null)
      if (user?.isActive && matches) {
        await renewHash(user, password as string)
        return welcome('signed_in', user, device, remember === true)
      }
      // Of an e-mail that nobody has, too: else the time would tell.
      const reason = user && matches ? 'switched_off' : 'wrong_password'
      const failed = { event: 'sign_in_failed', subject: user?.uuid ?? null, actor: null, sid: null } as const
      await audit.record({ ...failed, device, details: { reason } })
      return refused({ form: reason === 'switched_off' ? OFF : WRONG })
    },
  }
}

/** Who has the link that was mailed there showed that the address is theirs. */
const isAddressedTo = ({ email }: Invitation, person: NewUser): boolean =>
  email !== null && canonicalEmail(email) === canonicalEmail(person.email)

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

function withoutBlanks(errors: Record<keyof FieldErrors & string, string | undefined> | object): FieldErrors {
  return Object.fromEntries(Object.entries(errors).filter(([, sentence]) => sentence !== undefined))
}
