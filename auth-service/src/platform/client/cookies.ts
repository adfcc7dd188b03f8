import { MAX_SAME_NAME, serializeCookie } from '@latchkey/jwt-middleware/contract'
import type { KeyPurpose, Secrets } from '../crypto/derive-key.ts'
import { createEncryption } from '../crypto/encryption.ts'

/** The cookies of a request: all values of each name, in order, since a sibling host can set others of that name. */
export type Cookies = ReadonlyMap<string, readonly string[]>

export const NO_COOKIES: Cookies = new Map()

/** Parses a raw `Cookie` header, as `readCookies` reads one name. */
export function parseCookies(header: string | undefined): Cookies {
  if (!header) return NO_COOKIES
  const cookies = new Map<string, string[]>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1) continue
    const name = pair.slice(0, at).replace(/^[ \t]+/, '')
    const value = pair.slice(at + 1).trimEnd()
    const values = cookies.get(name)
    if (values) values.push(value)
    else cookies.set(name, [value])
  }
  return cookies
}

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
