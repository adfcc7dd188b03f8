import type { Audit } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import type { Config } from '../platform/config/config.ts'
import { message } from '../platform/i18n/message.ts'
import { type FieldErrors, refused } from '../platform/validation/field-errors.ts'
import { type Amr, type Sessions, type SignedIn, UserChanged } from '../tokens/sessions/sessions.ts'
import type { AccountDeletions } from '../users/account-deletion.ts'
import type { User, Users } from '../users/users.ts'
import type { NewDeviceAlert } from './new-device-alert.ts'

/** `mailed`: not an error; the email contains the next step. */
export type AccountResult =
  | { readonly ok: true; readonly value: SignedIn; readonly deletionCancelled?: boolean }
  | { readonly ok: false; readonly errors: FieldErrors; readonly mailed?: true }

/** A sign-in as the audit log records it. */
export interface SignInEvent {
  readonly event: 'registered' | 'signed_in'
  readonly device: Device
  readonly isPersistent: boolean
  /** How they proved who they are. Default: by the password. */
  readonly amr?: Amr
  readonly details: Readonly<Record<string, unknown>>
}

/** The last step of registration and of every sign-in. */
export interface SignInCompletion {
  /** Whether the user must confirm the address before signing in. */
  mustConfirm(user: User): boolean
  /** Signs a user in; `null` if they were changed since they were read. */
  completeUnchanged(signIn: SignInEvent, user: User, alert?: NewDeviceAlert): Promise<AccountResult | null>
  /**
   * Signs in a user with a proof of identity; if they were changed since, as they are now, provided that the proof is
   * still valid.
   */
  completeSignIn(signIn: SignInEvent, user: User): Promise<AccountResult>
}

export interface SignInCompletionOptions {
  readonly config: Pick<Config, 'emailVerification'>
  readonly users: Pick<Users, 'findById' | 'noteLogin'>
  readonly sessions: Pick<Sessions, 'start' | 'endFor'>
  readonly audit: Pick<Audit, 'record'>
  readonly deletions: Pick<AccountDeletions, 'cancel'>
}

/** For a user whose account changed between the proof and the session. */
export const CHANGED = message('Your account was changed while you were signing in. Please try again.')

/** Starts sessions, and records them. */
export function createSignInCompletion(options: SignInCompletionOptions): SignInCompletion {
  const { config, users, sessions, audit, deletions } = options

  const completeUnchanged: SignInCompletion['completeUnchanged'] = async (
    signIn,
    user,
    alert = async () => {},
  ) => {
    const { event, device, isPersistent, amr, details } = signIn
    const value = await sessions.start(user, device, isPersistent, amr).catch(nullIfChanged)
    if (!value) return null
    const { session } = value
    const { id: sid, createdAt: at } = session
    try {
      await audit.record({ event, subject: user.uuid, actor: user.uuid, sid, device, details, at })
      const deletionCancelled = user.deletionDueAt !== null && (await deletions.cancel(user, device))
      // After all else of the account: until then, a registration counts as interrupted.
      await users.noteLogin(user.id, device.language, device.timeZone, at)
      await alert(user, device, session)
      return { ok: true, value, deletionCancelled } as const
    } catch (error) {
      // The cookies are discarded. During a lasting outage the session can't be ended either, and expires.
      await sessions.endFor(user.id, session.id, { uuid: user.uuid, device }).catch(() => {})
      throw error
    }
  }

  return {
    mustConfirm: (user) => config.emailVerification === 'required' && user.emailVerifiedAt === null,
    completeUnchanged,
    async completeSignIn(signIn, user) {
      const completed = await completeUnchanged(signIn, user)
      if (completed) return completed
      const found = await users.findById(user.id)
      const isStillValid = found?.isActive && found.email === user.email && found.password === user.password
      return (isStillValid && (await completeUnchanged(signIn, found))) || refused({ form: CHANGED })
    },
  }
}

function nullIfChanged(error: unknown): null {
  if (error instanceof UserChanged) return null
  throw error
}
