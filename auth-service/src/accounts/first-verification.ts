import { sql } from 'drizzle-orm'
import type { Audit } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import { hasPassword, unusablePassword } from '../users/unusable-password.ts'
import type { User, Users } from '../users/users.ts'

/** Somebody who has shown that their address is theirs. */
export interface Proved {
  readonly user: User
  /** Their account had a password that anybody may have set: it is void, and whoever used it signed out. */
  readonly passwordDropped: boolean
}

/**
 * Takes note of whoever read a mail to their address, and signs in by it. If they are the first to show that the address
 * is theirs, somebody else may have registered it before, and wait for them to move in: then the password that was set
 * until now is void, and all sessions and mailed links end, with an entry in the audit log, in one transaction. `null`
 * where the password was replaced meanwhile. Throws on an outage.
 */
export type FirstProof = (user: User, device: Device) => Promise<Proved | null>

export interface FirstProofOptions {
  readonly database: Database
  readonly users: Pick<Users, 'findById' | 'noteVerified' | 'update'>
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

export function createFirstProof({ database, users, audit, now }: FirstProofOptions): FirstProof {
  const { users: people, oneTimeTokens } = database

  return async (user, device) => {
    if (user.emailVerifiedAt !== null) return { user, passwordDropped: false }
    // Without a password, only what was mailed to this very address ever signed anybody in.
    if (!hasPassword(user)) {
      await users.noteVerified(user.uuid)
      const noted = await users.findById(user.id)
      const isSame = noted?.password === user.password && noted.email === user.email
      return isSame ? { user: noted, passwordDropped: false } : null
    }
    const { uuid } = user
    const password = unusablePassword()
    const entry = { event: 'password_dropped', subject: uuid, actor: uuid, sid: null, device } as const
    const changed = await users.update(
      uuid,
      { password, emailVerifiedAt: unixTime(now) },
      {
        effect: 'over',
        ifPassword: user.password,
        also: (from) => [
          audit.step(entry, from),
          sql`DELETE FROM ${oneTimeTokens} WHERE ${oneTimeTokens.userId} IN (SELECT ${people.id} ${from})`,
        ],
      },
    )
    return changed.ok ? { user: changed.value, passwordDropped: true } : null
  }
}
