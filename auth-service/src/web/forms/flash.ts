import { readCookies, serializeCookie } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { createEncryption } from '../../platform/crypto/encryption.ts'

/** Something that the page after a form shows, and that must not stand in its address. */
export interface Flash {
  /** Has the page show it for so many seconds, also when it is reloaded. */
  set(c: Context, text: string, seconds: number): void
  /** What there is to show; `null` for nothing. */
  of(c: Context): string | null
}

/**
 * Keeps a text in a sealed cookie of our own, for one page: other pages don't see it. The browser drops it in time.
 */
export function createFlash(config: Secrets & { readonly https: boolean }, page: string): Flash {
  const { https } = config
  const name = https ? '__Host-flash' : 'flash'
  const encryption = createEncryption(config, 'flash')
  return {
    set(c, text, seconds) {
      const value = encryption.encrypt(Buffer.from(text), page)
      const cookie = serializeCookie(name, value, { secure: https, maxAge: seconds })
      c.header('Set-Cookie', cookie, { append: true })
    },
    of: (c) => {
      const [value = ''] = readCookies(c.req.header('cookie') ?? '', name)
      return encryption.decrypt(value, page)?.toString() ?? null
    },
  }
}
