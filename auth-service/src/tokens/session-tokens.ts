import {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  createTokenVerifier,
  REFRESH_TOKEN_TYPE,
  type RefreshClaims,
  type Result,
  type TokenReason,
} from '@latchkey/jwt-middleware/contract'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { signJws } from '../platform/crypto/jws.ts'
import { randomToken } from '../platform/crypto/random-id.ts'
import type { User } from '../users/users.ts'
import type { Keys } from './keys/signing-keys.ts'
import type { Minted } from './sessions/session-cookies.ts'

/** The tokens' claims about a session; times in seconds. */
export interface TokenSession {
  readonly id: string
  readonly currentJti: string
  readonly rotatedAt: number
  readonly idleExpiresAt: number
  readonly expiresAt: number
}

/** The two tokens of a session. */
export interface IssuedTokens {
  /** Never dated ahead. Of two tokens of a user, the one with the higher `user_version` is current. */
  readonly access: Minted
  /** The same token every time, except for its signature: everything comes from the session's row. */
  readonly refresh: Minted
}

/** Issues both tokens, and verifies them. */
export interface Tokens {
  /** At this second, by default now. */
  issue(user: User, session: TokenSession, at?: number): IssuedTokens
  verifyAccess(token: string): Promise<Result<AccessClaims, TokenReason>>
  verifyRefresh(token: string): Promise<Result<RefreshClaims, TokenReason>>
}

/** Seconds by which the clocks of several auth services may differ. */
const CLOCK_TOLERANCE = 30
/**
 * Seconds for which an app may accept an access token after its end by our clock: its tolerance for its own clock, 60
 * at most. Our answer about such a token depends on its session at this moment.
 */
const ACCESS_TOLERANCE = 120

export interface TokensOptions {
  readonly config: AccessClaimsConfig
  readonly keys: Keys
  readonly now: () => number
}

export function createTokens({ config, keys, now }: TokensOptions): Tokens {
  const { authUrl } = config
  const verifier = (clockTolerance: number) =>
    createTokenVerifier({ keys, issuer: authUrl, clockTolerance, now, isIssuer: true })
  const [ofAccess, ofRefresh] = [verifier(ACCESS_TOLERANCE), verifier(CLOCK_TOLERANCE)]
  const { hostname } = new URL(authUrl)

  return {
    issue(user, session, iat = unixTime(now)) {
      const access = accessClaims(config, user, session, { iat })
      const refresh: RefreshClaims = {
        iss: authUrl,
        aud: authUrl,
        sub: user.uuid,
        sid: session.id,
        jti: session.currentJti,
        iat: session.rotatedAt,
        exp: session.idleExpiresAt,
        token_type: 'refresh',
      }
      const { kid, alg, key } = keys.current()
      return {
        access: {
          token: signJws({ alg, kid, typ: ACCESS_TOKEN_TYPE }, access, key),
          ttl: access.exp - iat,
        },
        refresh: {
          token: signJws({ alg, kid, typ: REFRESH_TOKEN_TYPE }, refresh, key),
          ttl: refresh.exp - iat,
        },
      }
    },
    verifyAccess: (token) => ofAccess.access(token, hostname),
    verifyRefresh: ofRefresh.refresh,
  }
}

export type AccessClaimsConfig = Pick<Config, 'authUrl' | 'cookieDomain' | 'accessTtl'>

/** A session, as far as its access tokens show it; times in seconds. */
export interface ClaimedSession {
  readonly id: string
  readonly expiresAt: number
}

/** The claims of an access token that is issued at this second (`iat`). Default of its id (`jti`): a new one. */
export function accessClaims(
  { authUrl, cookieDomain, accessTtl }: AccessClaimsConfig,
  user: User,
  session: ClaimedSession,
  { jti, iat }: Pick<AccessClaims, 'iat'> & { readonly jti?: string },
): AccessClaims {
  const claims = userClaims(user)
  return {
    iss: authUrl,
    aud: cookieDomain,
    sub: user.uuid,
    sid: session.id,
    jti: jti ?? randomToken(),
    iat,
    exp: Math.max(iat + 1, Math.min(iat + accessTtl, session.expiresAt)),
    token_type: 'access',
    ...claims,
  }
}

/** What apps learn of a user, from an access token and from an answer about an API token. */
export const userClaims = (user: User) => ({
  user_uuid: user.uuid,
  user_version: user.version,
  user_email: user.email,
  email_verified: user.emailVerifiedAt !== null,
  user_first_name: user.firstName,
  user_last_name: user.lastName,
  user_is_staff: user.isStaff,
  user_is_superuser: user.isSuperuser,
  ...(user.groups.length > 0 && { groups: user.groups }),
})
