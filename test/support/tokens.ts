import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import type { SigningAlgorithm } from '@latchkey/jwt-middleware'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

export const ISSUER = 'http://auth.demo.localhost:4000'
export const COOKIE_DOMAIN = 'demo.localhost'
export const APP = 'http://app1.demo.localhost:4001'
/** The time of frozen clocks, in seconds. */
export const NOW = 1_800_000_000

export interface TestKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: JWK
  sign(payload: unknown, header?: Record<string, unknown>): string
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A key that signs any token for a test, valid or not. */
export async function testKey(kid: string, alg: SigningAlgorithm = 'ES256'): Promise<TestKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const key = createPrivateKey({ key: (await exportJWK(pair.privateKey)) as never, format: 'jwk' })
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' }
  return {
    kid,
    alg,
    publicJwk,
    sign(payload, header = { alg, kid, typ: 'at+jwt' }) {
      const input = `${encode(header)}.${encode(payload)}`
      const signature = sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), {
        key,
        dsaEncoding: 'ieee-p1363',
      })
      return `${input}.${signature.toString('base64url')}`
    },
  }
}

export const ADA = {
  uuid: '0b6f1c2e-4a86-4d62-9f5c-0a1b2c3d4e5f',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
}

/** The payload of a valid access token for Ada, with overrides. */
export const accessPayload = (changes: Record<string, unknown> = {}) => ({
  iss: ISSUER,
  aud: COOKIE_DOMAIN,
  sub: changes.user_uuid ?? ADA.uuid,
  user_uuid: ADA.uuid,
  user_email: ADA.email,
  user_first_name: ADA.firstName,
  user_last_name: ADA.lastName,
  user_is_staff: false,
  user_is_superuser: false,
  sid: 'session-1',
  jti: randomUUID(),
  iat: NOW,
  exp: NOW + 300,
  token_type: 'access',
  ...changes,
})

export const refreshPayload = (changes: Record<string, unknown> = {}) => ({
  iss: ISSUER,
  aud: ISSUER,
  sub: ADA.uuid,
  sid: 'session-1',
  jti: randomUUID(),
  iat: NOW,
  exp: NOW + 432_000,
  token_type: 'refresh',
  ...changes,
})

export const refreshHeader = (key: TestKey) => ({ alg: key.alg, kid: key.kid, typ: 'rt+jwt' })

/** A JWKS response with these keys. */
export const jwksResponse = (...keys: readonly TestKey[]) =>
  Response.json(
    { keys: keys.map(({ publicJwk }) => publicJwk) },
    { headers: { 'cache-control': 'max-age=300' } },
  )

/** A logger that records its messages. */
export function recordingLogger() {
  const debug: string[] = []
  const warnings: string[] = []
  const line = (fields: object, message: string) => `${message} ${JSON.stringify(fields)}`
  return {
    debugLines: debug,
    warnings,
    debug: (fields: object, message: string) => void debug.push(line(fields, message)),
    warn: (fields: object, message: string) => void warnings.push(line(fields, message)),
  }
}
