import { readCookies, serializeCookie } from '../contract/cookies.ts'
import { LatchkeyError } from '../contract/errors.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Seal } from './seal.ts'
import { type OidcSession, readSession, sessionContent } from './sealed-session.ts'

/** The cookie of a session. Only the provider knows whether the session is alive. */
export interface SessionCookie {
  /** The session in the value of a cookie, fresh or not, ended or not. */
  open(value: string): Promise<OidcSession | null>
  /** The sessions in a `Cookie` header. */
  in(header: string): Promise<readonly OidcSession[]>
  /** The session as the value of a cookie, and as `Set-Cookie`; `null` if it does not fit. */
  write(session: OidcSession): Promise<{ readonly value: string; readonly line: string } | null>
  /** The `Set-Cookie` that deletes it. */
  readonly deletion: string
}

export interface SessionCookieOptions {
  readonly name: string
  readonly secure: boolean
  readonly seal: Seal
  readonly warn: WarnLimited
}

/** How long browsers keep it, in seconds. When the session ends is the provider's to say. */
const AGE = 2_592_000

export function createSessionCookie({ name, secure, seal, warn }: SessionCookieOptions): SessionCookie {
  const open = async (value: string) => readSession(await seal.open(value))

  return {
    open,
    async in(header) {
      const found = await Promise.all(readCookies(header, name).map(open))
      return found.filter((session) => session !== null)
    },
    async write(session) {
      const value = await seal.seal(sessionContent(session))
      try {
        return { value, line: serializeCookie(name, value, { secure, maxAge: AGE }) }
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error
        const groups = session.user.groups.length
        warn({ event: 'oidc_session_too_large', groups, setting: 'the groups of the user' }, TOO_LARGE)
        return null
      }
    },
    deletion: serializeCookie(name, '', { secure, maxAge: 0 }),
  }
}

const TOO_LARGE =
  'a session does not fit into a cookie: remove the user from some groups, or give the groups shorter names'
