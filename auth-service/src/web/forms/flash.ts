import type { Context } from 'hono'
import { createEncryptedCookie } from '../../platform/client/host-cookies.ts'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { addCookies } from '../middleware/set-cookies.ts'

/** A value for the page after a form that must not be in its URL. */
export interface Flash {
  /** Makes the page show it for this many seconds, also when it is reloaded. */
  set(c: Context, text: string, seconds: number): void
  /** The value; `null` for none. */
  of(c: Context): string | null
}

/** Keeps a text in an encrypted cookie for one page: other pages don't receive it. The browser drops it in time. */
export function createFlash(config: Secrets & { readonly https: boolean }, page: string): Flash {
  const cookie = createEncryptedCookie(config, 'flash', 'flash')
  return {
    set: (c, text, seconds) => addCookies(c, [cookie.set(text, page, seconds)]),
    of: (c) => cookie.read(c.var.device.cookies, page),
  }
}
