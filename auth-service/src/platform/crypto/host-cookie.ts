import { MAX_SAME_NAME, readCookies, serializeCookie } from '@latchkey/jwt-middleware/contract'
import type { KeyPurpose, Secrets } from './derive-key.ts'
import { createEncryption } from './encryption.ts'

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
  /** The values in a raw `Cookie` header, at most four, since a sibling host can plant others over http. */
  values(header: string | undefined): string[]
  /** The `Set-Cookie` value; without `maxAge`, in seconds, the cookie ends with the browser. */
  set(value: string, maxAge?: number): string
  /** The `Set-Cookie` value that deletes it. */
  clear(): string
}

export function createHostCookie(base: HostCookieName, https: boolean): HostCookie {
  const name = https ? `__Host-${base}` : base
  return {
    name,
    values: (header = '') => readCookies(header, name).slice(0, MAX_SAME_NAME),
    set: (value, maxAge) => serializeCookie(name, value, { secure: https, maxAge }),
    clear: () => serializeCookie(name, '', { secure: https, maxAge: 0 }),
  }
}

/** The same for a text that the browser must neither read nor change. */
export interface EncryptedCookie extends Pick<HostCookie, 'name' | 'clear'> {
  /** The text in a raw `Cookie` header, if we encrypted it for this context; else `null`. */
  read(header: string | undefined, context: string): string | null
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
    read: (header, context) =>
      encryption.decrypt(cookie.values(header)[0] ?? '', context)?.toString() ?? null,
    set: (text, context, maxAge) => cookie.set(encryption.encrypt(Buffer.from(text), context), maxAge),
    name: cookie.name,
    clear: cookie.clear,
  }
}
