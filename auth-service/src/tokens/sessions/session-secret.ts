import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createHostCookie } from '../../platform/crypto/host-cookie.ts'

/**
 * The secret of a session, in a cookie that only the auth service receives. Apps see the family's cookies; without this
 * one, those open neither `/account` nor `/admin`.
 */
export interface SessionSecrets {
  /** A new secret, and the hash of it that is stored. */
  create(): { readonly secret: string; readonly hash: string }
  /** The `Set-Cookie` value that hands it out; without `maxAge`, in seconds, the cookie ends with the browser. */
  set(secret: string, maxAge: number | undefined): string
  /** The `Set-Cookie` value that takes it away. */
  clear(): string
  /** Whether a raw `Cookie` header holds the secret with this hash. Of several values, four are looked at. */
  isIn(header: string | undefined, hash: string | null): boolean
}

const SECRET = /^[A-Za-z0-9_-]{43}$/

/** Makes and recognises them. Over http a sibling host can plant values of its own: each is compared. */
export function createSessionSecrets({ https }: { readonly https: boolean }): SessionSecrets {
  const cookie = createHostCookie('session', https)

  return {
    create() {
      const secret = randomBytes(32).toString('base64url')
      return { secret, hash: digest(secret).toString('base64url') }
    },
    set: cookie.set,
    clear: cookie.clear,
    isIn(header, hash) {
      if (hash === null) return false
      const stored = Buffer.from(hash, 'base64url')
      return cookie
        .values(header)
        .some((value) => SECRET.test(value) && timingSafeEqual(digest(value), stored))
    },
  }
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest()
