import type { Audit } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { withMinDuration } from '../platform/crypto/min-duration.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import { message } from '../platform/i18n/message.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { isSameMailbox, normalizeEmail, parseEmail } from '../platform/validation/email-address.ts'
import { isFilled, refused } from '../platform/validation/field-errors.ts'
import { readInput } from '../platform/validation/input.ts'
import type { NewUser, User, Users } from '../users/users.ts'
import type { AccountResult, SignInCompletion } from './complete-sign-in.ts'
import type { EmailVerification } from './email-verification.ts'
import type { Invitation, Invitations } from './invitations.ts'
import { knownAddressMail } from './mails/already-registered.ts'
import type { Passwords } from './passwords/passwords.ts'
import { type Limits, type Requester, requesterOf } from './rate-limits.ts'
import { type RegistrationInput, registrationInput } from './registration-input.ts'

/** The parts it uses. `now` is in ms. */
export interface RegistrationOptions {
  readonly config: Sender & Pick<Config, 'registration' | 'emailVerification' | 'passwordMinLength'>
  readonly users: Pick<Users, 'create' | 'findByEmail'>
  readonly passwords: Pick<Passwords, 'check' | 'hash'>
  readonly limits: Pick<Limits, 'check' | 'consumeMail' | 'consumeRegistration'>
  readonly audit: Pick<Audit, 'record'>
  readonly invitations: Pick<Invitations, 'find' | 'claim' | 'release' | 'markUsed'>
  readonly mail: Pick<Mail, 'send'>
  readonly emailVerification: Pick<EmailVerification, 'sendLink'>
  readonly completion: Pick<SignInCompletion, 'completeSignIn' | 'mustConfirm'>
  readonly now: () => number
}

/**
 * Creates a user, and signs them in unless the address must be confirmed first. Then neither the message nor the
 * duration reveals whether the account already exists. The email continues to `next`.
 * @throws RateLimited, like signing in
 */
export type Register = (
  input: RegistrationInput,
  device: Device,
  next?: string | null,
) => Promise<AccountResult>

/** When an interrupted registration can be tried again, in seconds: before, it may still be running. */
const AGAIN = { least: 5, most: 3600 }
const TAKEN = message('An account with this email already exists. Sign in instead.')
const UNINVITED = {
  invite: message('Registration is by invitation. Ask your administrator for one.'),
  closed: message('Registration is closed. Ask your administrator for an account.'),
}
const INVITATION_OVER = message(
  'This invitation was already used or withdrawn, or it is older than seven days. Ask for a new one.',
)

/** Registration: open, by invitation, or closed. */
export function createRegistration(options: RegistrationOptions): Register {
  const { config, users, passwords, limits, audit, invitations, mail, emailVerification, completion, now } =
    options

  /** Signs in a new user, or asks to confirm the address first; an existing account is notified by email. */
  async function begin(
    created: User | null,
    { email }: NewUser,
    device: Device,
    next: string | null,
  ): Promise<AccountResult> {
    if (created && !completion.mustConfirm(created)) {
      if (created.emailVerifiedAt === null) await emailVerification.sendLink(created, device, null)
      return completion.completeSignIn(
        { event: 'registered', device, isPersistent: true, details: {} },
        created,
      )
    }
    if (config.emailVerification === 'optional') return refused({ email: TAKEN })
    if (created) {
      const { uuid } = created
      await audit.record({ event: 'registered', subject: uuid, actor: uuid, sid: null, device })
      await emailVerification.sendLink(created, device, next)
    } else {
      const known = await users.findByEmail(email)
      const letter = knownAddressMail(languageOfReader(device), config)
      if (known?.isActive) await mail.send({ to: known.email, person: known.uuid, ...letter })
    }
    return { ok: false, errors: {}, mailed: true }
  }

  /**
   * Continues a registration that an outage interrupted, within the hour and with the same password; else `null`. After
   * the first sign-in, users sign in as usual.
   */
  async function beginAgain(known: User, person: NewUser, device: Device): Promise<AccountResult | null> {
    const age = now() / 1000 - known.createdAt
    const wasCutShort = known.lastLoginAt === null && age >= AGAIN.least && age < AGAIN.most
    if (!wasCutShort || !known.isActive) return null
    const isRight = (requester: Requester) => passwords.check(person.password, known.password, requester)
    return (await limits.check(parseEmail(known.email), device, isRight))
      ? begin(known, person, device, null)
      : null
  }

  /** The email was sent there, which confirms exactly that spelling, and not another that may be another mailbox. */
  function provenBy({ email }: Invitation, person: NewUser): Partial<NewUser> {
    if (email === null || !isSameMailbox(email, person.email)) return {}
    return { email: normalizeEmail(email), emailVerifiedAt: unixTime(now) }
  }

  async function create(person: NewUser): Promise<User | null> {
    const outcome = await users.create(person)
    return outcome.ok ? outcome.value : null
  }

  /** The invitation cannot be used meanwhile, nor after a successful registration. */
  async function createInvited(
    person: NewUser,
    token: unknown,
    device: Device,
  ): Promise<User | null | 'over'> {
    const invitation = await invitations.claim(token)
    if (!invitation) return 'over'
    let created: User | null = null
    try {
      created = await create({ ...person, ...provenBy(invitation, person), isStaff: invitation.isStaff })
    } finally {
      if (!created) await invitations.release(invitation)
    }
    if (created) await invitations.markUsed(invitation.id, created, { uuid: created.uuid, device })
    return created
  }

  return async (input, device, next = null) => {
    const invited = isFilled(input.invitation)
    if (config.registration !== 'open' && !invited) return refused({ form: UNINVITED[config.registration] })
    if (invited && !(await invitations.find(input.invitation))) return refused({ form: INVITATION_OVER })
    const read = readInput(registrationInput(config.passwordMinLength, input), input)
    if (!read.ok) return refused(read.errors)
    const { email, password, first_name: firstName, last_name: lastName, invitation } = read.value
    const person = { email, firstName, lastName }
    await limits.consumeRegistration(device)
    const openly = config.emailVerification === 'optional'
    const known = openly ? await users.findByEmail(person.email) : null
    if (known) {
      return (await beginAgain(known, { ...person, password }, device)) ?? refused({ email: TAKEN })
    }
    // In open registration, an address gets one email, with its account.
    if (!openly) await limits.consumeMail('welcome', parseEmail(person.email), device)
    const { language, timeZone } = device
    const hash = await passwords.hash(password, requesterOf(parseEmail(person.email), device))
    const newUser = { ...person, language, timeZone, mustConfirm: !openly, password: hash }
    const goOn = async () => {
      const created = invited ? await createInvited(newUser, invitation, device) : await create(newUser)
      return created === 'over' ? refused({ form: INVITATION_OVER }) : begin(created, newUser, device, next)
    }
    return openly ? goOn() : withMinDuration(goOn)
  }
}
