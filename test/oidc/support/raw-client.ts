import { createHash, randomBytes } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { expect } from 'vitest'
import type { Answer } from '../../support/http.ts'
import type { HttpsProvider } from './https-provider.ts'

/** A client that is registered, and the address to which its browsers return. */
export interface RawClientOptions {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** How it proves who it is. */
  readonly method?: 'client_secret_basic' | 'client_secret_post'
}

/** An authorization request, and what belongs to it. A parameter that is `null` was left out. */
export interface RawRequest {
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  readonly verifier: string
}

/** What the token endpoint gave. */
export interface RawTokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope?: string
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/**
 * A client of OpenID Connect that sends requests of its own making, right or wrong, and sees each answer. PKCE goes with
 * every request, since the provider requires it.
 */
export function createRawClient(provider: HttpsProvider, options: RawClientOptions) {
  const { clientId, clientSecret, redirectUri, method = 'client_secret_basic' } = options

  /** A request for a code, with these changes. */
  function request(changes: Readonly<Record<string, string | null>> = {}): RawRequest {
    const verifier = randomBytes(32).toString('base64url')
    const given: Record<string, string | null> = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: randomBytes(16).toString('base64url'),
      nonce: randomBytes(16).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    }
    const params = Object.fromEntries(
      Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== null),
    )
    const url = new URL('/oidc/auth', provider.origin)
    url.search = new URLSearchParams(params).toString()
    return { url, params, verifier }
  }

  /** Posts a form with the credentials of the client. */
  function post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const inBody = method === 'client_secret_post'
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    return provider.send(path, {
      method: 'POST',
      headers: { ...FORM, ...(!inBody && { authorization: `Basic ${basic}` }) },
      body: new URLSearchParams({
        ...fields,
        ...(inBody && { client_id: clientId, client_secret: clientSecret }),
      }).toString(),
    })
  }

  /** Sends a code to the token endpoint. */
  const redeem = ({ params, verifier }: RawRequest, code: string): Promise<Answer> =>
    post('/oidc/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: params.redirect_uri ?? redirectUri,
      code_verifier: verifier,
    })

  return {
    clientId,
    redirectUri,
    request,
    post,
    redeem,
    refresh: (token: string) => post('/oidc/token', { grant_type: 'refresh_token', refresh_token: token }),
    /** The address where the provider ends the session. */
    logoutUrl(params: Readonly<Record<string, string>> = {}): URL {
      const url = new URL('/oidc/logout', provider.origin)
      url.search = new URLSearchParams(params).toString()
      return url
    },
  }
}

export type RawClient = ReturnType<typeof createRawClient>

/** The code in the answer to a request: it came to the right address, with the same state, from this issuer. */
export function codeIn(provider: HttpsProvider, { params }: RawRequest, at: URL): string {
  expect(at.origin + at.pathname).toBe(params.redirect_uri)
  const { code, state, iss, ...others } = Object.fromEntries(at.searchParams)
  expect({ state, iss, others }).toEqual({ state: params.state, iss: provider.origin, others: {} })
  // RFC 6749, section 10.10: it can't be guessed.
  expect(code).toMatch(/^[\w-]{43}$/)
  expect(at.hash).toBe('')
  return code as string
}

/** The error in the answer to a request, which came to the right address. */
export function errorIn(provider: HttpsProvider, { params }: RawRequest, at: URL): string {
  expect(at.origin + at.pathname).toBe(params.redirect_uri)
  const { error, error_description, state, iss, ...others } = Object.fromEntries(at.searchParams)
  expect({ state, iss, others }).toEqual({ state: params.state, iss: provider.origin, others: {} })
  expect(error_description ?? '').toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
  return error ?? ''
}

/** The tokens in an answer of the token endpoint (RFC 6749, section 5.1). */
export function tokensIn({ status, headers, text }: Answer): RawTokens {
  expect([status, text]).toEqual([200, expect.any(String)])
  expect(headers['content-type']).toMatch(/^application\/json/)
  expect(headers['cache-control']).toContain('no-store')
  const tokens = JSON.parse(text) as RawTokens
  expect(tokens.token_type).toBe('Bearer')
  expect(tokens.expires_in).toBeGreaterThan(0)
  return tokens
}

/** The error in an answer of the token endpoint (RFC 6749, section 5.2). */
export function tokenErrorIn({ status, headers, text }: Answer): string {
  expect([status, headers['content-type']]).toEqual([400, expect.stringMatching(/^application\/json/)])
  expect(headers['cache-control']).toContain('no-store')
  return (JSON.parse(text) as { error: string }).error
}

/** The claims of an ID token, validated as OpenID Connect Core 1.0, section 3.1.3.7, has it. */
export async function idTokenClaims(
  provider: HttpsProvider,
  { clientId }: Pick<RawClient, 'clientId'>,
  { params }: RawRequest,
  tokens: RawTokens,
): Promise<JWTPayload & { readonly sub: string; readonly iat: number }> {
  const keys = createLocalJWKSet((await provider.json('/.well-known/jwks.json')) as unknown as JSONWebKeySet)
  const { payload, protectedHeader } = await jwtVerify(tokens.id_token, keys, {
    issuer: provider.origin,
    currentDate: new Date(),
    requiredClaims: ['sub', 'exp', 'iat'],
    algorithms: [provider.service.config.signingAlg],
  })
  expect(protectedHeader.kid).toEqual(expect.any(String))
  expect(payload.aud).toBe(clientId)
  expect(payload.azp ?? clientId).toBe(clientId)
  expect(payload.nonce).toBe(params.nonce)
  expect(payload.sub).toMatch(/^[\x20-\x7e]{1,255}$/)
  expect(Math.abs((payload.iat as number) - Date.now() / 1000)).toBeLessThan(60)
  if (payload.at_hash !== undefined) {
    const hash = createHash('sha256').update(tokens.access_token).digest()
    expect(payload.at_hash).toBe(hash.subarray(0, 16).toString('base64url'))
  }
  return payload as JWTPayload & { sub: string; iat: number }
}

/** An answer of the userinfo endpoint. */
export function userinfo(
  provider: HttpsProvider,
  token: string,
  how: 'get' | 'post-header' | 'post-body' = 'get',
): Promise<Answer> {
  const authorization = { authorization: `Bearer ${token}` }
  if (how === 'get') return provider.send('/oidc/userinfo', { headers: authorization })
  return provider.send('/oidc/userinfo', {
    method: 'POST',
    headers: how === 'post-body' ? FORM : authorization,
    body: how === 'post-body' ? new URLSearchParams({ access_token: token }).toString() : '',
  })
}

/** The claims in an answer of the userinfo endpoint. */
export function userinfoClaims({ status, headers, text }: Answer): Record<string, unknown> {
  expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^application\/json/)])
  return JSON.parse(text)
}
