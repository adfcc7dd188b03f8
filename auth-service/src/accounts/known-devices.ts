import { randomBytes } from 'node:crypto'
import { MAX_SAME_NAME, serializeCookie } from '@latchkey/jwt-middleware/contract'
import { eq } from 'drizzle-orm'
import type { Cookies } from '../platform/client/host-cookies.ts'
import { createHostCookie } from '../platform/client/host-cookies.ts'
import { unixTime } from '../platform/clock.ts'
import type { Secrets } from '../platform/crypto/derive-key.ts'
import { createSignatures } from '../platform/crypto/keyed-hash.ts'
import type { Database } from '../platform/database/open.ts'
import type { EmailAddress } from '../platform/validation/email-address.ts'

/**
 * Known devices, identified by signed cookies (OWASP, "Slow down online guessing attacks with device cookies"). A
 * device cookie signs no one in: it gives the device its own rate limit for one account, so that attackers cannot lock
 * out the owner. Cookies end with the user's epoch, which changes when signing out everywhere and with every new
 * password.
 */
export interface KnownDevices {
  /**
   * The `Set-Cookie` value that makes the browser with these cookies a known device of the user who has just
   * signed in with this email, at this second (default: now). It stays one of other users.
   */
  remember(address: EmailAddress, cookies: Cookies, at?: number): Promise<string>
  /**
   * The device's name, if its cookies prove it for this email, its current epoch and the last year; else
   * `null`.
   */
  recognise(address: EmailAddress, cookies: Cookies): Promise<string | null>
}

export interface KnownDevicesOptions extends Secrets {
  readonly https: boolean
  readonly database: Pick<Database, 'db' | 'users'>
  readonly now: () => number
}

/** Seconds for which a device cookie is valid. */
export const DEVICE_COOKIE_LIFETIME = 365 * 86_400

/** Maximum number of users, or addresses of one user, per device. */
const MOST = 5
const SEPARATOR = '~'

/**
 * One user's part of the cookie: name, issue time in seconds and base 36, the epoch likewise unless it is the first,
 * and seal.
 */
const PROOF = /^([\w-]{16})\.([0-9a-z]{6,8})(?:\.([1-9a-z][0-9a-z]{0,6}))?\.([\w-]{22})$/
const SEAL_BYTES = 16

interface KnownDevice {
  readonly name: string
  readonly epoch: number
}

export function createKnownDevices({ database, now, https, ...secrets }: KnownDevicesOptions): KnownDevices {
  const { db, users } = database
  const cookie = createHostCookie('device', https).name
  const signatures = createSignatures(secrets, 'knownDevices', SEAL_BYTES)
  const signed = ({ key }: EmailAddress, parts: readonly string[]) => JSON.stringify([key, ...parts])

  /** An unknown email has the first epoch. */
  async function epochOf({ key }: EmailAddress): Promise<number> {
    const [person] = await db
      .select({ epoch: users.deviceEpoch })
      .from(users)
      .where(eq(users.emailCanonical, key))
    return person?.epoch ?? 0
  }

  /** What the browser brought, valid or not. */
  const proofsIn = (cookies: Cookies): string[] =>
    (cookies.get(cookie) ?? [])
      .slice(0, MAX_SAME_NAME)
      .flatMap((value) => value.split(SEPARATOR, MOST))
      .filter((proof) => PROOF.test(proof))

  /** The content of a proof that is authentic and fresh. */
  function read(address: EmailAddress, proof: string, now: number): KnownDevice | null {
    const [, name = '', at = '', epoch, given = ''] = proof.match(PROOF) ?? []
    const parts = epoch === undefined ? [name, at] : [name, at, epoch]
    const isGenuine = signatures.isValid(signed(address, parts), Buffer.from(given, 'base64url'))
    const isFresh = Number.parseInt(at, 36) > now - DEVICE_COOKIE_LIFETIME
    return isFresh && isGenuine ? { name, epoch: Number.parseInt(epoch ?? '0', 36) } : null
  }

  async function prove(address: EmailAddress, at: number): Promise<string> {
    const epoch = await epochOf(address)
    const parts = [
      randomBytes(12).toString('base64url'),
      at.toString(36),
      ...(epoch === 0 ? [] : [epoch.toString(36)]),
    ]
    return [...parts, signatures.sign(signed(address, parts)).toString('base64url')].join('.')
  }

  return {
    async remember(address, cookies, at = unixTime(now)) {
      const others = proofsIn(cookies).filter((proof) => read(address, proof, at) === null)
      const proofs = [await prove(address, at), ...others].slice(0, MOST)
      return serializeCookie(cookie, proofs.join(SEPARATOR), {
        secure: https,
        maxAge: DEVICE_COOKIE_LIFETIME,
      })
    },
    async recognise(address, cookies) {
      const devices = proofsIn(cookies)
        .map((proof) => read(address, proof, unixTime(now)))
        .filter((device) => device !== null)
      // Only devices with an authentic cookie cause a query.
      const epoch = devices.length === 0 ? null : await epochOf(address)
      return devices.find((device) => device.epoch === epoch)?.name ?? null
    },
  }
}
