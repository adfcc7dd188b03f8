import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Secrets } from '../platform/crypto/derive-key.ts'
import { createSignatures } from '../platform/crypto/signatures.ts'
import type { Database } from '../platform/database/open.ts'
import { canonicalEmail } from '../platform/validation/email-address.ts'

/**
 * Known devices, identified by signed cookies (OWASP, "Slow down online guessing attacks with device cookies"). A
 * device cookie signs no one in: it gives the device its own rate limit for one account, so that attackers cannot lock
 * out the owner. Cookies end with the user's epoch, which changes when signing out everywhere and with every new
 * password.
 */
export interface KnownDevices {
  /** A device cookie for the user who has just signed in with this email. */
  createCookie(email: string): Promise<string>
  /** The device's name, if one of the cookies is for this email, its current epoch and the last year; else `null`. */
  recognise(email: string, cookies: readonly string[]): Promise<string | null>
  /** Whether a cookie was issued for this email, valid or not. */
  isOf(email: string, cookie: string): boolean
}

export interface KnownDevicesOptions extends Secrets {
  readonly database: Pick<Database, 'db' | 'users'>
  readonly now: () => number
}

/** Seconds for which a device cookie is valid. */
export const DEVICE_COOKIE_LIFETIME = 365 * 86_400

/** Name, issue time in seconds and base 36, the epoch likewise unless it is the first, and seal. */
const COOKIE = /^([\w-]{16})\.([0-9a-z]{6,8})(?:\.([1-9a-z][0-9a-z]{0,6}))?\.([\w-]{22})$/
const SEAL_BYTES = 16

/** Whether it has the form of a device cookie. */
export const isDeviceCookie = (text: string): boolean => COOKIE.test(text)

interface KnownDevice {
  readonly name: string
  readonly epoch: number
}

export function createKnownDevices({ database, now, ...secrets }: KnownDevicesOptions): KnownDevices {
  const { db, users } = database
  const signatures = createSignatures(secrets, 'knownDevices', SEAL_BYTES)
  const signed = (email: string, parts: readonly string[]) =>
    JSON.stringify([canonicalEmail(email), ...parts])

  /** An unknown email has the first epoch. */
  async function epochOf(email: string): Promise<number> {
    const [person] = await db
      .select({ epoch: users.deviceEpoch })
      .from(users)
      .where(eq(users.emailCanonical, canonicalEmail(email)))
    return person?.epoch ?? 0
  }

  /** The content of a device cookie that is authentic and fresh. */
  function read(email: string, cookie: string): KnownDevice | null {
    const [, name = '', at = '', epoch, given = ''] = cookie.match(COOKIE) ?? []
    const parts = epoch === undefined ? [name, at] : [name, at, epoch]
    const isGenuine = signatures.isValid(signed(email, parts), Buffer.from(given, 'base64url'))
    const isFresh = Number.parseInt(at, 36) > unixTime(now) - DEVICE_COOKIE_LIFETIME
    return isFresh && isGenuine ? { name, epoch: Number.parseInt(epoch ?? '0', 36) } : null
  }

  return {
    async createCookie(email) {
      const epoch = await epochOf(email)
      const parts = [
        randomBytes(12).toString('base64url'),
        unixTime(now).toString(36),
        ...(epoch === 0 ? [] : [epoch.toString(36)]),
      ]
      return [...parts, signatures.sign(signed(email, parts)).toString('base64url')].join('.')
    },
    async recognise(email, cookies) {
      const genuine = cookies.map((cookie) => read(email, cookie)).filter((cookie) => cookie !== null)
      // Only devices with an authentic cookie cause a query.
      const epoch = genuine.length === 0 ? null : await epochOf(email)
      return genuine.find((cookie) => cookie.epoch === epoch)?.name ?? null
    },
    isOf: (email, cookie) => read(email, cookie) !== null,
  }
}
