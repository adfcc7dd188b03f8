import * as openid from 'openid-client'
import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { singleFlight } from '#process-or-worker/contract/flights'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import { failure, type Result, success } from '../contract/result.ts'
import { readUserClaims, type UserClaims } from './sealed-session.ts'
import type { SignInAttempt } from './sign-in-attempt.ts'

/** What the provider issued, and what its ID token says. Times in seconds. */
export interface IssuedTokens {
  readonly sub: string
  readonly providerSid: string | null
  /** When it said so. */
  readonly issuedAt: number
  /** How long the access token is valid. */
  readonly expiresIn: number
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly user: UserClaims
}

/**
 * Why there are no tokens. `ended`: the code or the refresh token is no longer valid. `denied`: the user, or a rule of the
 * provider, refused. `misconfigured`: the log names the setting.
 */
export type TokenFailure = 'ended' | 'denied' | 'misconfigured' | 'unavailable'

/**
 * The provider, as this app needs it. Expected failures are values, and each but `ended` and `denied` has a line in the
 * log.
 */
export interface ProviderClient {
  /** Where a browser signs in. */
  signInUrl(attempt: SignInAttempt, state: string): Promise<Result<string, 'unavailable'>>
  /** Where a browser is asked whether to sign out. */
  signOutUrl(state: string): Promise<Result<string, 'unavailable'>>
  /** Exchanges the code of a callback, after the checks of state, `iss` (RFC 9207), nonce and PKCE. */
  exchange(callback: URL, attempt: SignInAttempt, state: string): Promise<Result<IssuedTokens, TokenFailure>>
  /** The next tokens of the same user. */
  refresh(refreshToken: string, sub: string): Promise<Result<IssuedTokens, 'ended' | 'unavailable'>>
  /** What the userinfo endpoint says now, which it does only while the session is alive. */
  userinfo(accessToken: string, sub: string): Promise<Result<UserClaims, 'ended' | 'unavailable'>>
  /** Makes the tokens of a sign-in invalid (RFC 7009). */
  revoke(token: string): Promise<Result<null, 'unavailable'>>
}

export interface ProviderClientOptions {
  readonly clientId: string
  readonly clientSecret: string
  readonly issuer: string
  readonly internalOrigin: string
  readonly callbackUrl: string
  readonly signedOutUrl: string
  /** In seconds. */
  readonly clockTolerance: number
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly warn: WarnLimited
}

const SCOPE = 'openid profile email groups'
/** Of one request, in seconds. */
const TIMEOUT = 5

/** The provider by openid-client. Its metadata are fetched at the first use, and again until that works. */
export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  const { clientId, clientSecret, issuer, internalOrigin, callbackUrl, signedOutUrl, warn, now } = options
  const metadataUrl = `${internalOrigin}/.well-known/openid-configuration`
  let found: openid.Configuration | undefined

  const moved = (url: string, from: string, to: string): string =>
    url === from || url.startsWith(`${from}/`) ? to + url.slice(from.length) : url

  /** Browsers need the public address, wherever the metadata came from. */
  const toPublic = ({ href }: URL): string => moved(href, internalOrigin, issuer)

  const fetchInside: openid.CustomFetch = (url, init) =>
    options.fetch(moved(url, issuer, internalOrigin), init as RequestInit)

  const discover = singleFlight(async (): Promise<openid.Configuration> => {
    const client = {
      [openid.clockTolerance]: options.clockTolerance,
      // openid-client reads the clock of the process.
      [openid.clockSkew]: Math.round((now() - Date.now()) / 1000),
    }
    const config = await openid.discovery(
      new URL(issuer),
      clientId,
      client as Partial<openid.ClientMetadata>,
      openid.ClientSecretBasic(clientSecret),
      {
        [openid.customFetch]: fetchInside,
        timeout: TIMEOUT,
        execute: [
          openid.enableNonRepudiationChecks,
          ...([issuer, internalOrigin].some((url) => url.startsWith('http:'))
            ? [openid.allowInsecureRequests]
            : []),
        ],
      },
    )
    found = config
    return config
  })

  const configuration = async (): Promise<openid.Configuration> => found ?? discover('')

  function unavailable(error: unknown): Result<never, 'unavailable'> {
    warn({ event: 'oidc_unavailable', url: metadataUrl, ...explain(error, metadataUrl) }, OUTAGE)
    return failure('unavailable')
  }

  /** The settings do not fit those of the app at the auth service. */
  function misconfigured(error: OAuthError): Result<never, 'misconfigured'> {
    warn({ event: 'oidc_misconfigured', cause: error.code, ...noteOf(error.code) }, MISCONFIGURED)
    return failure('misconfigured')
  }

  function failed(error: unknown): Result<never, TokenFailure> {
    const known = oauthErrorOf(error)
    if (known === null) return unavailable(error)
    if (DENIALS.has(known.code)) return failure('denied')
    if (known.code === 'invalid_grant') return failure('ended')
    return OUTAGES.has(known.code) ? unavailable(error) : misconfigured(known)
  }

  /** Where a session exists already, a wrong setting must not end it. */
  function keeping<Value>(result: Result<Value, TokenFailure>): Result<Value, 'ended' | 'unavailable'> {
    if (result.ok) return result
    return failure(result.reason === 'ended' ? 'ended' : 'unavailable')
  }

  function issued(response: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers) {
    const claims = response.claims()
    const user = claims && readUserClaims(claims)
    if (!user?.ok) return misconfigured({ code: user?.reason === 'email' ? 'no_email' : 'no_uuid' })
    const sid = claims?.sid
    return success({
      sub: claims?.sub as string,
      providerSid: typeof sid === 'string' ? sid : null,
      issuedAt: claims?.iat as number,
      expiresIn: response.expires_in ?? 0,
      accessToken: response.access_token,
      refreshToken: response.refresh_token ?? null,
      user: user.value,
    })
  }

  async function leadingTo(build: (config: openid.Configuration) => Promise<URL> | URL) {
    try {
      return success(toPublic(await build(await configuration())))
    } catch (error) {
      return unavailable(error)
    }
  }

  return {
    signInUrl: ({ codeVerifier, nonce }, state) =>
      leadingTo(async (config) =>
        openid.buildAuthorizationUrl(config, {
          redirect_uri: callbackUrl,
          scope: SCOPE,
          code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        }),
      ),
    signOutUrl: (state) =>
      leadingTo((config) =>
        openid.buildEndSessionUrl(config, { post_logout_redirect_uri: signedOutUrl, state }),
      ),
    async exchange(callback, { codeVerifier, nonce }, state) {
      try {
        const checks = { pkceCodeVerifier: codeVerifier, expectedNonce: nonce, expectedState: state }
        return issued(await openid.authorizationCodeGrant(await configuration(), callback, checks))
      } catch (error) {
        return failed(error)
      }
    },
    async refresh(refreshToken, sub) {
      try {
        const result = issued(await openid.refreshTokenGrant(await configuration(), refreshToken))
        // OpenID Connect Core 1.0, section 12.2.
        if (result.ok && result.value.sub !== sub) return failure('ended')
        return keeping(result)
      } catch (error) {
        return keeping(failed(error))
      }
    },
    async userinfo(accessToken, sub) {
      try {
        const claims = await openid.fetchUserInfo(await configuration(), accessToken, sub)
        const user = readUserClaims(claims)
        return user.ok ? user : failure('ended')
      } catch (error) {
        if (error instanceof openid.WWWAuthenticateChallengeError && error.status === 401)
          return failure('ended')
        return keeping(failed(error))
      }
    },
    async revoke(token) {
      try {
        await openid.tokenRevocation(await configuration(), token)
        return success(null)
      } catch (error) {
        return unavailable(error)
      }
    },
  }
}

/** Answers about the user, and not about the app (OpenID Connect Core 1.0, section 3.1.2.6). */
const DENIALS = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
])
const OUTAGES = new Set(['temporarily_unavailable', 'server_error'])

const OUTAGE = 'could not reach the OpenID provider; sessions stay, and sign-ins get 503 until it answers'
const MISCONFIGURED =
  'the OpenID provider refused this app, or its answer does not fit: compare the settings with those of the app'

interface OAuthError {
  readonly code: string
}

/** The code of an error that the provider sent, or of an answer that does not fit; `null` for an outage. */
function oauthErrorOf(error: unknown): OAuthError | null {
  if (error instanceof openid.AuthorizationResponseError) return { code: codeIn(error.error) }
  if (error instanceof openid.ResponseBodyError)
    return { code: error.status >= 500 || error.status === 429 ? 'server_error' : codeIn(error.error) }
  if (error instanceof openid.WWWAuthenticateChallengeError) return { code: 'invalid_client' }
  if (error instanceof openid.ClientError && MISMATCHES.has(error.code ?? '')) {
    return { code: (error.code as string).toLowerCase() }
  }
  return null
}

/** Anyone can write an error into the URL of a callback. */
const codeIn = (text: string): string => (/^[a-z_]{1,64}$/.test(text) ? text : 'unknown_error')

/** What openid-client says of an answer that is not the one it waited for. */
const MISMATCHES = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_JWT_USERINFO_EXPECTED',
  'OAUTH_UNSUPPORTED_OPERATION',
])

function noteOf(code: string): { readonly setting: string; readonly remedy: string } {
  return (
    NOTES[code] ?? {
      setting: 'LOGIN_URL',
      remedy: 'Check the log of the auth service, which has the reason.',
    }
  )
}

const NOTES: Readonly<Record<string, { readonly setting: string; readonly remedy: string }>> = {
  invalid_client: {
    setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET',
    remedy:
      'Issue a new secret with "latchkey apps rotate-secret". The app must have the authentication method client_secret_basic: "latchkey apps set-oidc APP --auth-method client_secret_basic".',
  },
  unauthorized_client: {
    setting: 'AUTH_CLIENT_ID',
    remedy: 'Make the app a client of OpenID Connect with "latchkey apps set-oidc", or at /admin/apps.',
  },
  no_email: {
    setting: 'the scopes of the app',
    remedy:
      'The user must allow the scope email, or the app must be your own: "latchkey apps set-oidc APP --first-party".',
  },
  no_uuid: {
    setting: 'LOGIN_URL',
    remedy:
      'The provider is not Latchkey’s auth service: its claim sub is not a uuid. Set LOGIN_URL to that of the auth service.',
  },
  oauth_jwt_timestamp_check_failed: {
    setting: 'the clock (NTP)',
    remedy: 'Synchronise the clocks of this machine and of the auth service.',
  },
}

/** Why the provider could not be used. */
function explain(error: unknown, url: string): ConnectionFailure {
  const response = responseIn(error)
  const head = response && headOf(response)
  if (head?.status === 404) return NOT_SERVED
  return (head && explainAnswer(head, { url })) ?? explainError(error, { url })
}

function responseIn(error: unknown): Response | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.cause instanceof Response) return cause.cause
  }
  return null
}

const NOT_SERVED: ConnectionFailure = {
  reason: 'it does not serve OpenID Connect (404)',
  remedy:
    'It does once an app is a client: "latchkey apps set-oidc", or OIDC=on at the auth service. Otherwise check LOGIN_URL and AUTH_INTERNAL_URL.',
}
