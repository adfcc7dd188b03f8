import type { Context } from 'hono'
import type { AskedFlow } from '../../accounts/magic-link.ts'
import { isFlow, LIFETIMES } from '../../accounts/one-time-tokens.ts'
import { createEncryptedCookie } from '../../platform/client/host-cookies.ts'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { addCookies } from '../middleware/set-cookies.ts'

/** The browser that requested a code by email. */
export interface MagicLinkCookie {
  remember(c: Context, flow: AskedFlow): void
  /** The browser's values; over http, a sibling host may have planted others. */
  of(c: Context): AskedFlow | null
  forget(c: Context): void
}

/**
 * Keeps a pending sign-in in a cookie of our own. It is encrypted for its address, which wrong codes count for, whether
 * or not it has an account; naming other addresses gives no further attempts.
 */
export function createMagicLinkCookie(config: Secrets & { readonly https: boolean }): MagicLinkCookie {
  const cookie = createEncryptedCookie(config, 'sign-in', 'magicLink')
  const context = cookie.name

  return {
    remember: (c, { id, secret, email }) =>
      addCookies(c, [cookie.set(JSON.stringify([id, secret, email]), context, LIFETIMES.sign_in)]),
    of(c) {
      const text = cookie.read(c.var.device.cookies, context)
      if (text === null) return null
      const [id = '', secret = '', email = ''] = JSON.parse(text) as string[]
      return isFlow({ id, secret }) ? { id, secret, email } : null
    },
    forget: (c) => addCookies(c, [cookie.clear()]),
  }
}
