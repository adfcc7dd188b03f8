import type { Audit } from '../../events/audit-log.ts'
import type { Device } from '../../platform/client/device.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Mail } from '../../platform/mail/outbox.ts'
import type { Effect } from '../../users/change-user.ts'
import type { User, Users } from '../../users/users.ts'
import { passwordChangedMail } from '../mails/password-changed.ts'

export interface HowChanged {
  readonly event: 'password_changed' | 'password_reset'
  /** The sessions to end. */
  readonly effect: Effect
  readonly device: Device
}

/**
 * Stores a new password hash, ends sessions, and informs the audit log and the owner, all or nothing. A change through
 * an emailed link also confirms the address. A change with the current password returns `false` if that has changed
 * meanwhile.
 */
export type PasswordChange = (user: User, hash: string, how: HowChanged) => Promise<boolean>

export interface PasswordChangeOptions {
  readonly users: Pick<Users, 'update'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

export function createPasswordChange(options: PasswordChangeOptions): PasswordChange {
  const { users, mail, audit, now } = options

  return async (user, password, { event, effect, device }) => {
    const at = unixTime(now)
    const { uuid, email } = user
    const letter = {
      template: passwordChangedMail,
      facts: { at, userAgent: device.userAgent, address: device.address },
      readers: [user, device],
    }
    const byMail = event === 'password_reset'
    const patch = byMail ? { password, emailVerifiedAt: user.emailVerifiedAt ?? at } : { password }
    const changed = await users.update(uuid, patch, {
      effect,
      also: (person) => [
        audit.step({ event, subject: uuid, actor: uuid, sid: null, device }, person),
        mail.step({ to: email, person: uuid, ...letter }, person),
      ],
      ...(!byMail && { ifPassword: user.password }),
    })
    mail.wake()
    return changed.ok
  }
}
