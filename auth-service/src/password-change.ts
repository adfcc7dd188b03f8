import { sql } from 'drizzle-orm'
import type { Audit } from './audit.ts'
import type { Database } from './database/index.ts'
import { type Device, deviceInWords, languageOfOwner } from './device.ts'
import type { Mail } from './mail.ts'
import type { Sender } from './mails/letter.ts'
import { passwordChangedMail } from './mails/password-changed.ts'
import { type PlaceOf, whereabouts } from './places.ts'
import type { Effect } from './revocations.ts'
import type { User, Users } from './users.ts'

export interface HowChanged {
  readonly event: 'password_changed' | 'password_reset'
  /** Which sessions end. */
  readonly effect: Effect
  readonly device: Device
}

/**
 * Stores the hash of another password, ends sessions, and tells the audit log and the owner: all or nothing. Whoever
 * came by a mailed link has shown that the address is theirs.
 */
export type PasswordChange = (user: User, hash: string, how: HowChanged) => Promise<void>

export interface PasswordChangeOptions {
  readonly config: Sender
  readonly database: Database
  readonly users: Pick<Users, 'update'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly audit: Pick<Audit, 'step'>
  readonly placeOf: PlaceOf
  readonly now: () => number
}

export function createPasswordChange(options: PasswordChangeOptions): PasswordChange {
  const { config, database, users, mail, audit, placeOf, now } = options

  return async (user, password, { event, effect, device }) => {
    const at = Math.floor(now() / 1000)
    const person = sql`FROM ${database.users} WHERE ${database.users.uuid} = ${user.uuid}`
    const language = languageOfOwner(user, device)
    const letter = passwordChangedMail(language, config, {
      at,
      device: deviceInWords(device.userAgent),
      from: whereabouts(device.address, placeOf, language.code),
    })
    const entry = audit.step({ event, subject: user.uuid, actor: user.uuid, sid: null, device }, person)
    const also = [entry, mail.step({ to: user.email, ...letter }, person)]
    const proved = event === 'password_reset' ? { emailVerifiedAt: user.emailVerifiedAt ?? at } : {}
    await users.update(user.uuid, { password, ...proved }, { effect, also })
    mail.wake()
  }
}
