import { readCookies, serializeCookie } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { AskedFlow } from '../../accounts/magic-link.ts'
import { isFlow, LIFETIMES } from '../../accounts/one-time-tokens.ts'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { createEncryption } from '../../platform/crypto/encryption.ts'

/** Which browser asked for a code by mail. */
export interface MagicLinkCookie {
  remember(c: Context, flow: AskedFlow): void
  /** What the browser brings; a sibling host may have planted another, over http. */
  of(c: Context): AskedFlow | null
  forget(c: Context): void
}

/**
 * Keeps a flow in a cookie of our own. It is sealed for the address in it: wrong codes count for that one, whether
 * somebody has it or not, and nobody gets more of them by naming others.
 */
export function createMagicLinkCookie(config: Secrets & { readonly https: boolean }): MagicLinkCookie {
  const { https } = config
  const name = https ? '__Host-sign-in' : 'sign-in'
  const encryption = createEncryption(config, 'magicLink')
  const set = (c: Context, value: string, maxAge: number) =>
    c.header('Set-Cookie', serializeCookie(name, value, { secure: https, maxAge }), { append: true })

  return {
    remember: (c, { id, secret, email }) =>
      set(c, encryption.encrypt(Buffer.from(JSON.stringify([id, secret, email])), name), LIFETIMES.sign_in),
    of(c) {
      const opened = encryption.decrypt(readCookies(c.req.header('cookie') ?? '', name)[0] ?? '', name)
      if (!opened) return null
      const [id = '', secret = '', email = ''] = JSON.parse(opened.toString()) as string[]
      return isFlow({ id, secret }) ? { id, secret, email } : null
    },
    forget: (c) => set(c, '', 0),
  }
}
