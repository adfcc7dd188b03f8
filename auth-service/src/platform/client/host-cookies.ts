import { type Cookies, MAX_SAME_NAME, serializeCookie } from '@latchkey/jwt-middleware/contract'
import type { KeyPurpose, Secrets } from '../crypto/derive-key.ts'
import { createEncryption } from '../crypto/encryption.ts'

export { NO_COOKIES, parseCookies } from '@latchkey/jwt-middleware/contract'
export type { Cookies }

/** The cookies of the auth service alone. Browsers store them, so a name never changes. */
export type HostCookieName =
  | 'csrf'
  | 'session'
  | 'device'
  | 'sign-in'
  | 'flash'
  | 'bounces'
  | 'language'
  | 'time-zone'

/** A cookie of the auth service alone. */
export interface HostCookie {
  /**
   * Its name in browsers: `__Host-` over https, which no sibling host can set. Over http browsers reject that prefix.
   */
  readonly name: string
  /** Its values, at most four, since a sibling host can plant others over http. */
  values(cookies: Cookies): readonly string[]
  /** The `Set-Cookie` value; without `maxAge`, in seconds, the cookie ends with the browser. */
  set(value: string, maxAge?: number): string
  /** The `Set-Cookie` value that deletes it. */
  clear(): string
}

export function createHostCookie(base: HostCookieName, https: boolean): HostCookie {
  const name = https ? `__Host-${base}` : base
  return {
    name,
    values: (cookies) => cookies.get(name)?.slice(0, MAX_SAME_NAME) ?? [],
    set: (value, maxAge) => serializeCookie(name, value, { secure: https, maxAge }),
    clear: () => serializeCookie(name, '', { secure: https, maxAge: 0 }),
  }
}

/** The same for a text that the browser must neither read nor change. */
export interface EncryptedCookie extends Pick<HostCookie, 'name' | 'clear'> {
  /** The text, if we encrypted it for this context; else `null`. */
  read(cookies: Cookies, context: string): string | null
  set(text: string, context: string, maxAge: number): string
}

export function createEncryptedCookie(
  config: Secrets & { readonly https: boolean },
  base: HostCookieName,
  purpose: KeyPurpose,
): EncryptedCookie {
  const cookie = createHostCookie(base, config.https)
  const encryption = createEncryption(config, purpose)
  return {
    read: (cookies, context) =>
      encryption.decrypt(cookie.values(cookies)[0] ?? '', context)?.toString() ?? null,
    set: (text, context, maxAge) => cookie.set(encryption.encrypt(Buffer.from(text), context), maxAge),
    name: cookie.name,
    clear: cookie.clear,
  }
}
