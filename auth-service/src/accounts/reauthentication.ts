import type { Audit } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import { type Message, message } from '../platform/i18n/message.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { parseEmail } from '../platform/validation/email-address.ts'
import { readValue } from '../platform/validation/input.ts'
import type { Amr, Sessions } from '../tokens/sessions/sessions.ts'
import type { User } from '../users/users.ts'
import { mailedCode } from './mailed-code.ts'
import { reauthenticationMail } from './mails/proof-link.ts'
import type { Flow, OneTimeTokens } from './one-time-tokens.ts'
import type { Passwords } from './passwords/passwords.ts'
import type { Origin } from './profile.ts'
import type { Limits, Requester } from './rate-limits.ts'
import { enteredPassword } from './reauthentication-input.ts'

/** Seconds for which a proof of identity is valid. */
export const PROOF_LIFETIME = 15 * 60

/**
 * Asks users to confirm their identity before sensitive actions. An open session only shows that someone uses the
 * user's device.
 */
export interface Reauthentication {
  /** Whether a proof of that time, in seconds, is still valid. */
  isRecent(authenticatedAt: number): boolean
  /**
   * The message about a wrong password; without one, the session has a new proof. Wrong ones count as at sign-in, and
   * appear in the audit log.
   * @throws RateLimited
   */
  byPassword(user: User, password: unknown, origin: Origin): Promise<Message | undefined>
  /**
   * Emails a code to users without a password.
   * @throws RateLimited
   */
  sendCode(user: User, origin: Origin): Promise<Flow>
  /** Like `byPassword`, with that code. Five wrong ones void it. */
  byCode(user: User, flow: Flow | null, code: unknown, origin: Origin): Promise<Message | undefined>
}

export interface ReauthenticationOptions {
  readonly config: Sender
  readonly passwords: Pick<Passwords, 'check'>
  readonly limits: Pick<Limits, 'check' | 'consumeMail'>
  readonly sessions: Pick<Sessions, 'noteProof'>
  readonly oneTimeTokens: Pick<OneTimeTokens, 'issue' | 'redeemCode'>
  readonly mail: Pick<Mail, 'send'>
  readonly audit: Pick<Audit, 'record'>
  readonly now: () => number
}

export function createReauthentication(options: ReauthenticationOptions): Reauthentication {
  const { config, passwords, limits, sessions, oneTimeTokens, mail, audit, now } = options

  async function judge(
    user: User,
    { sid, device }: Origin,
    look: (requester: Requester) => Promise<boolean>,
    amr: Amr,
  ) {
    if (await limits.check(parseEmail(user.email), device, look)) {
      await sessions.noteProof(sid, amr)
      return true
    }
    const entry = { event: 'password_refused', subject: user.uuid, actor: user.uuid, sid, device } as const
    await audit.record({ ...entry, details: { reason: amr === 'pwd' ? 'wrong_password' : 'wrong_code' } })
    return false
  }

  return {
    // A clock that was set back must not extend an old proof.
    isRecent: (authenticatedAt) => Math.abs(unixTime(now) - authenticatedAt) <= PROOF_LIFETIME,
    async byPassword(user, password, origin) {
      const read = readValue(enteredPassword, password)
      if (!read.ok) return read.reason
      const isRight = (requester: Requester) => passwords.check(read.value, user.password, requester)
      return (await judge(user, origin, isRight, 'pwd')) ? undefined : WRONG_PASSWORD
    },
    async sendCode(user, { device }) {
      await limits.consumeMail('sign_in', parseEmail(user.email), device)
      const { code, flow } = await oneTimeTokens.issue('sign_in', user.id, user.email)
      const letter = reauthenticationMail(languageOfReader(device), config, code)
      await mail.send({ to: user.email, person: user.uuid, ...letter })
      return flow
    },
    async byCode(user, flow, code, origin) {
      // Input without six digits is no guess.
      const read = readValue(mailedCode, code)
      if (!read.ok) return read.reason
      const isRight = async () => {
        const proof = flow && (await oneTimeTokens.redeemCode(flow, read.value))
        return proof?.userId === user.id && proof.email === user.email
      }
      return (await judge(user, origin, isRight, 'otp')) ? undefined : WRONG_CODE
    },
  }
}

const WRONG_PASSWORD = message('This is not your current password.')
const WRONG_CODE = message('That code is wrong or expired. After five wrong codes, ask for a new one.')
