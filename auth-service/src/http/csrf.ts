import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { MAX_SAME_NAME, readCookies, serializeCookie } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'
import type { Secrets } from '../sealing.ts'

export interface CsrfOptions extends Secrets {
  /** Whether the auth service is reached over https; on http browsers refuse `__Host-` cookies. */
  readonly https: boolean
}

export interface Csrf {
  /** The value for a form's hidden field; sets the cookie it belongs to where the browser has none. */
  token(c: Context, session?: string): string
  /** Whether the browser sent the cookie at all, which it got with the form. */
  cameBack(c: Context): boolean
  /** Whether a form brought back the value that belongs to one of its cookies, and to the session if there is one. */
  matches(c: Context, token: unknown, session?: string): boolean
}

const PLANTED = 'plantedCsrfCookie'
const VALUE = /^[A-Za-z0-9_-]{43}$/

/**
 * Signed double-submit tokens (OWASP): the form's field is an HMAC of a random cookie and, behind a sign-in, of the
 * session's id. Over https nobody but us sets that cookie, which is `__Host-`. Over http a sibling host can plant one
 * of its own along with the field that belongs to it; then the id and the check of the request's origin are what is
 * left, and before the sign-in the origin alone.
 */
export function createCsrf({ secretKey, secretKeyFallbacks, https }: CsrfOptions): Csrf {
  const name = https ? '__Host-csrf' : 'csrf'
  const key = deriveKey(secretKey)
  // Forms that were open while SECRET_KEY was replaced come back, too.
  const keys = [key, ...secretKeyFallbacks.map(deriveKey)]

  const cookies = (c: Context): string[] =>
    readCookies(c.req.header('cookie') ?? '', name)
      .filter((value) => VALUE.test(value))
      .slice(0, MAX_SAME_NAME)

  /** One for all forms of a page. */
  function plant(c: Context): string {
    const planted: unknown = c.get(PLANTED)
    if (typeof planted === 'string') return planted
    const value = randomBytes(32).toString('base64url')
    c.header('Set-Cookie', serializeCookie(name, value, { secure: https }), { append: true })
    c.set(PLANTED, value)
    return value
  }

  return {
    token: (c, session = '') => sign(key, cookies(c)[0] ?? plant(c), session).toString('base64url'),
    cameBack: (c) => cookies(c).length > 0,
    matches(c, token, session = '') {
      if (typeof token !== 'string' || !VALUE.test(token)) return false
      const given = Buffer.from(token, 'base64url')
      const matches = (value: string) => keys.some((one) => timingSafeEqual(sign(one, value, session), given))
      return cookies(c).some(matches)
    },
  }
}

const deriveKey = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', 'latchkey csrf v1', 32))

const sign = (key: Buffer, value: string, session: string): Buffer =>
  createHmac('sha256', key).update(`${session}.${value}`).digest()
