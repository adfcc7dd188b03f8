import type { Context } from 'hono'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { createEncryptedCookie } from '../../platform/crypto/host-cookie.ts'
import { addCookies } from '../middleware/set-cookies.ts'

/** Something that the page after a form shows, and that must not stand in its address. */
export interface Flash {
  /** Has the page show it for so many seconds, also when it is reloaded. */
  set(c: Context, text: string, seconds: number): void
  /** What there is to show; `null` for nothing. */
  of(c: Context): string | null
}

/** Keeps a text in an encrypted cookie, for one page: other pages don't see it. The browser drops it in time. */
export function createFlash(config: Secrets & { readonly https: boolean }, page: string): Flash {
  const cookie = createEncryptedCookie(config, 'flash', 'flash')
  return {
    set: (c, text, seconds) => addCookies(c, [cookie.set(text, page, seconds)]),
    of: (c) => cookie.read(c.req.header('cookie'), page),
  }
}
