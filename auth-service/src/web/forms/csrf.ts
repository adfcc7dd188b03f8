import { createHash, randomBytes } from 'node:crypto'
import { MAX_SAME_NAME } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import { createHostCookie } from '../../platform/client/host-cookies.ts'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { createSignatures } from '../../platform/crypto/keyed-hash.ts'
import { addCookies } from '../middleware/set-cookies.ts'

export interface CsrfOptions extends Secrets {
  /** Whether the auth service uses https; on http browsers reject `__Host-` cookies. */
  readonly https: boolean
}

export interface Csrf {
  /** The value for a form's hidden field; sets a cookie if the browser has none. Different for each page. */
  token(c: Context, session?: string): string
  /** What a form with this token proves: found once, and compared with a session by `matches`. */
  read(c: Context, token: unknown): CsrfProof
  /** Whether a form contains a token of ours, for this session if there is one, from a browser with a cookie. */
  matches(c: Context, proof: CsrfProof, session?: string): boolean
}

/** A form's token, and the cookie of its browser. */
export interface CsrfProof {
  /** The content of the token, if it is ours: for any session and browser. */
  readonly claims: Buffer | null
  /** The values of the browser's own cookies, which it gets with a form. */
  readonly cookies: readonly string[]
}

const PLANTED = 'plantedCsrfCookie'
const TOKEN_ID = 'csrfTokenId'
const COOKIE = /^[A-Za-z0-9_-]{43}$/
const TOKEN = /^[A-Za-z0-9_-]{107}$/

/** Lengths in bytes of the parts of a token. */
const PART = 16
const CLAIMS = 3 * PART

/**
 * Signed tokens for forms. A token names its page (a random id), its session (if signed in), and the browser's cookie;
 * all of that is signed.
 *
 * Several tabs of a first visit each set that cookie, and the last one wins. So if the browser shows by `Origin` or
 * `Sec-Fetch-Site` that the form comes from our own page, which is checked before, any cookie of ours is accepted: it
 * shows that the browser stores cookies, and SameSite=Lax that no foreign site sent the form. All browsers since 2020
 * send one of the two headers. Without either, the token must belong to that very cookie (double submit).
 *
 * A sibling host can't sign its visitors in to an account of its own choice (login CSRF). It can get a token, and over
 * http it can set a cookie for us to go with it. But a form on its pages has its `Origin`, and is rejected. Over https
 * it can't set the cookie either, which is `__Host-`. Only over http, and in a browser that sends neither header, could
 * it succeed before a sign-in; afterwards, the token must be for the session, whose id it does not have.
 */
export function createCsrf({ https, ...secrets }: CsrfOptions): Csrf {
  const cookie = createHostCookie('csrf', https)
  // Also accepts forms from before a change of SECRET_KEY.
  const { sign, isValid } = createSignatures(secrets, 'csrf')

  const cookies = (c: Context): string[] =>
    (c.var.device.cookies.get(cookie.name) ?? [])
      .filter((value) => COOKIE.test(value))
      .slice(0, MAX_SAME_NAME)

  /** One for all forms of a page. */
  function plant(c: Context): string {
    const planted: unknown = c.get(PLANTED)
    if (typeof planted === 'string') return planted
    const value = randomBytes(32).toString('base64url')
    addCookies(c, [cookie.set(value)])
    c.set(PLANTED, value)
    return value
  }

  /** Also one for all forms of a page, which differ in their targets. */
  function idOf(c: Context): Buffer {
    const id: Buffer = c.get(TOKEN_ID) ?? randomBytes(PART)
    c.set(TOKEN_ID, id)
    return id
  }

  function claimsOf(token: unknown): Buffer | null {
    if (typeof token !== 'string' || !TOKEN.test(token)) return null
    const bytes = Buffer.from(token, 'base64url')
    const [claims, signature] = [bytes.subarray(0, CLAIMS), bytes.subarray(CLAIMS)]
    return isValid(claims, signature) ? claims : null
  }

  return {
    token(c, session = '') {
      const claims = Buffer.concat([idOf(c), digest(session), digest(cookies(c)[0] ?? plant(c))])
      return Buffer.concat([claims, sign(claims)]).toString('base64url')
    },
    read: (c, token) => ({ cookies: cookies(c), claims: claimsOf(token) }),
    matches(c, { claims, cookies }, session = '') {
      if (!claims?.subarray(PART, 2 * PART).equals(digest(session))) return false
      if (saysWhereFrom(c)) return cookies.length > 0
      return cookies.some((value) => claims.subarray(2 * PART).equals(digest(value)))
    },
  }
}

/** Whether the browser reported the origin of the form's page. */
const saysWhereFrom = (c: Context): boolean =>
  c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') !== undefined

const digest = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, PART)
