import { readCookies, serializeCookie } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'
import { type Flow, isFlow, LIFETIMES } from '../one-time-tokens.ts'

/** Which browser asked for a code by mail. */
export interface SignInFlow {
  remember(c: Context, flow: Flow): void
  /** What the browser brings; a sibling host may have planted another, over http. */
  of(c: Context): Flow | null
  forget(c: Context): void
}

/**
 * Keeps a flow in a cookie of our own. It is not signed, since there is nothing to forge: without the random secret in it
 * no code fits, and what is not stored fits nothing.
 */
export function createSignInFlow({ https }: { readonly https: boolean }): SignInFlow {
  const name = https ? '__Host-sign-in' : 'sign-in'
  const set = (c: Context, value: string, maxAge: number) =>
    c.header('Set-Cookie', serializeCookie(name, value, { secure: https, maxAge }), { append: true })

  return {
    remember: (c, { id, secret }) => set(c, `${id}.${secret}`, LIFETIMES.sign_in),
    of(c) {
      const [id = '', secret = ''] = (readCookies(c.req.header('cookie') ?? '', name)[0] ?? '').split('.')
      return isFlow({ id, secret }) ? { id, secret } : null
    },
    forget: (c) => set(c, '', 0),
  }
}
