import { toBase64Url } from '#node-or-web/contract/bytes'
import { hkdf } from '#node-or-web/contract/hashing'
import { readCookies, serializeCookie } from '../contract/cookies.ts'
import { secondOf } from '../contract/seconds.ts'
import type { Seal } from './seal.ts'

/** A sign-in that a browser began. */
export interface SignInAttempt {
  /** Becomes the id of the session. */
  readonly id: string
  /** Where it leads: a URL of this app. */
  readonly next: string
  /** How many attempts before it failed for want of the browser's cookie. */
  readonly tries: number
  readonly nonce: string
  /** Of PKCE (RFC 7636). */
  readonly codeVerifier: string
}

export interface BegunSignIn extends SignInAttempt {
  /** For the provider, which returns it. */
  readonly state: string
  /** For the browser. */
  readonly setCookie: string
}

/**
 * What a state says. `expired`: it is older than an hour, or this app never made it. `other_browser`: the browser has not
 * the cookie with which that attempt began.
 */
export type ReadSignIn =
  | { readonly kind: 'own'; readonly attempt: SignInAttempt }
  | { readonly kind: 'other_browser'; readonly next: string; readonly tries: number }
  | { readonly kind: 'expired' }

/** Sign-ins that are on their way. */
export interface SignInAttempts {
  begin(cookies: string, next: string, tries?: number): Promise<BegunSignIn>
  read(state: string, cookies: string): Promise<ReadSignIn>
}

export interface SignInAttemptsOptions {
  readonly seal: Seal
  /** Name of the cookie. */
  readonly cookie: string
  readonly secure: boolean
  readonly now: () => number
}

/** How long a user may take, in seconds: as long as the provider waits for them. */
const LIFETIME = 3_600
const SECRET = /^[\w-]{43}$/
const BYTES = 32

/**
 * An attempt is in its state, sealed; nonce and code verifier come from it and from a secret in a cookie. So any number
 * of tabs can be on their way with one cookie, in any order, and no state is of use in another browser.
 */
export function createSignInAttempts({ seal, cookie, secure, now }: SignInAttemptsOptions): SignInAttempts {
  const random = () => toBase64Url(crypto.getRandomValues(new Uint8Array(BYTES)))
  const secretsIn = (cookies: string) => readCookies(cookies, cookie).filter((value) => SECRET.test(value))
  const derive = async (secret: string, id: string, use: string) =>
    toBase64Url(await hkdf(secret, id, `latchkey oidc ${use}`, BYTES))

  const attemptOf = async (
    secret: string,
    id: string,
    next: string,
    tries: number,
  ): Promise<SignInAttempt> => ({
    id,
    next,
    tries,
    nonce: await derive(secret, id, 'nonce'),
    codeVerifier: await derive(secret, id, 'code verifier'),
  })

  return {
    async begin(cookies, next, tries = 0) {
      const [secret = random()] = secretsIn(cookies)
      const id = random().slice(0, 22)
      const at = secondOf(now())
      const binding = await derive(secret, id, 'browser')
      return {
        ...(await attemptOf(secret, id, next, tries)),
        state: await seal.seal({ id, next, tries, at, binding }),
        setCookie: serializeCookie(cookie, secret, { secure, maxAge: LIFETIME }),
      }
    },
    async read(state, cookies) {
      const content = await seal.open(state)
      const { id, next, tries, at, binding } = (content ?? {}) as {
        readonly [Name in 'id' | 'next' | 'binding']: string
      } & { readonly tries: number; readonly at: number }
      if (content === null || secondOf(now()) > at + LIFETIME) return { kind: 'expired' }
      for (const secret of secretsIn(cookies)) {
        if ((await derive(secret, id, 'browser')) === binding)
          return { kind: 'own', attempt: await attemptOf(secret, id, next, tries) }
      }
      return { kind: 'other_browser', next, tries }
    },
  }
}
