import { randomBytes, timingSafeEqual } from 'node:crypto'
import { canonicalEmail } from './email-address.ts'
import { createPseudonyms } from './pseudonyms.ts'
import type { Secrets } from './sealing.ts'

/**
 * Devices on which somebody signed in before, known by a signed mark each (OWASP, "Slow down online guessing attacks with
 * device cookies"). A mark lets nobody in: its device has tries of its own at one account, however busily others guess.
 */
export interface KnownDevices {
  /** A mark for whoever has just signed in with this e-mail. */
  mark(email: string): string
  /** The device's name, if one of the marks was made for this e-mail within the last year; else `null`. */
  recognise(email: string, marks: readonly string[]): string | null
}

export interface KnownDevicesOptions extends Secrets {
  readonly now: () => number
}

/** Seconds for which a mark counts. */
export const MARK_LIFETIME = 365 * 86_400

/** Name, when it was made in seconds and base 36, and seal. */
const MARK = /^([\w-]{16})\.([0-9a-z]{6,8})\.([\w-]{22})$/
const SEAL_BYTES = 16

/** Whether it looks like a mark, of whatever worth. */
export const isMark = (text: string): boolean => MARK.test(text)

export function createKnownDevices({
  secretKey,
  secretKeyFallbacks,
  now,
}: KnownDevicesOptions): KnownDevices {
  const derive = (secret: string) => createPseudonyms(secret, 'known devices')
  const current = derive(secretKey)
  const all = [current, ...secretKeyFallbacks.map(derive)]
  const seconds = () => Math.floor(now() / 1000)
  const seal = (sign: typeof current, email: string, name: string, at: string) =>
    sign(JSON.stringify([canonicalEmail(email), name, at])).subarray(0, SEAL_BYTES)

  return {
    mark(email) {
      const name = randomBytes(12).toString('base64url')
      const at = seconds().toString(36)
      return [name, at, seal(current, email, name, at).toString('base64url')].join('.')
    },
    recognise(email, marks) {
      for (const mark of marks) {
        const [, name = '', at = '', given = ''] = mark.match(MARK) ?? []
        const isFresh = Number.parseInt(at, 36) > seconds() - MARK_LIFETIME
        const seals = (sign: typeof current) =>
          timingSafeEqual(seal(sign, email, name, at), Buffer.from(given, 'base64url'))
        if (isFresh && all.some(seals)) return name
      }
      return null
    },
  }
}
