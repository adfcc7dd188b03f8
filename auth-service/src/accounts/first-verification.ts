import { sql } from 'drizzle-orm'
import type { Audit } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import { hasPassword, unusablePassword } from '../users/unusable-password.ts'
import type { User, Users } from '../users/users.ts'

/** A user who has confirmed their address. */
export interface VerifiedUser {
  readonly user: User
  /** The account had a password that a stranger may have set: it is void, and all its sessions have ended. */
  readonly passwordInvalidated: boolean
}

/**
 * Handles a sign-in by an emailed link or code. If it is the first confirmation of the address, a stranger may have
 * registered it before to wait for the owner (pre-hijacking). The current password is then voided, and all sessions and
 * emailed links end, with an audit entry, in one transaction. `null` if the password changed meanwhile. Throws on an
 * outage.
 */
export type FirstVerification = (user: User, device: Device) => Promise<VerifiedUser | null>

export interface FirstVerificationOptions {
  readonly database: Database
  readonly users: Pick<Users, 'findById' | 'noteVerified' | 'update'>
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

export function createFirstVerification({
  database,
  users,
  audit,
  now,
}: FirstVerificationOptions): FirstVerification {
  const { users: people, oneTimeTokens } = database

  return async (user, device) => {
    if (user.emailVerifiedAt !== null) return { user, passwordInvalidated: false }
    // Without a password, every earlier sign-in used an email to this address.
    if (!hasPassword(user)) {
      await users.noteVerified(user.uuid)
      const noted = await users.findById(user.id)
      const isSame = noted?.password === user.password && noted.email === user.email
      return isSame ? { user: noted, passwordInvalidated: false } : null
    }
    const { uuid } = user
    const password = unusablePassword()
    const entry = { event: 'password_dropped', subject: uuid, actor: uuid, sid: null, device } as const
    const changed = await users.update(
      uuid,
      { password, emailVerifiedAt: unixTime(now) },
      {
        effect: 'over',
        endsApiTokens: true,
        ifPassword: user.password,
        also: (from) => [
          audit.step(entry, from),
          sql`DELETE FROM ${oneTimeTokens} WHERE ${oneTimeTokens.userId} IN (SELECT ${people.id} ${from})`,
        ],
      },
    )
    return changed.ok ? { user: changed.value, passwordInvalidated: true } : null
  }
}
