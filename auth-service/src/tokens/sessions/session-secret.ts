import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Cookies } from '../../platform/client/cookies.ts'
import { createHostCookie } from '../../platform/crypto/host-cookie.ts'

/**
 * The secret of a session, in a cookie of the auth service alone. Apps see the family's cookies, which without this one
 * open neither `/account` nor `/admin`.
 */
export interface SessionSecrets {
  /** A new secret, and its stored hash. */
  create(): { readonly secret: string; readonly hash: string }
  /** The `Set-Cookie` value that sets it; without `maxAge`, in seconds, the cookie ends with the browser. */
  set(secret: string, maxAge: number | undefined): string
  /** The `Set-Cookie` value that deletes it. */
  clear(): string
  /** Whether the cookies contain the secret with this hash. Up to four values are checked. */
  isIn(cookies: Cookies, hash: string | null): boolean
}

const SECRET = /^[A-Za-z0-9_-]{43}$/

/** Creates and recognises secrets. Over http a sibling host can plant its own values, so each is compared. */
export function createSessionSecrets({ https }: { readonly https: boolean }): SessionSecrets {
  const cookie = createHostCookie('session', https)

  return {
    create() {
      const secret = randomBytes(32).toString('base64url')
      return { secret, hash: digest(secret).toString('base64url') }
    },
    set: cookie.set,
    clear: cookie.clear,
    isIn(cookies, hash) {
      if (hash === null) return false
      const stored = Buffer.from(hash, 'base64url')
      return cookie
        .values(cookies)
        .some((value) => SECRET.test(value) && timingSafeEqual(digest(value), stored))
    },
  }
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest()
