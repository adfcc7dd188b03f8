import { createHmac, createPublicKey } from 'node:crypto'
import { CompactEncrypt, EncryptJWT, exportSPKI, importJWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { memoryState, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { createKeySet } from '../../../jwt-middleware/src/verify/jwks-client-process.ts'
import type { KeySource } from '../../../jwt-middleware/src/verify/key-source.ts'
import { createTokenVerifier, type TokenVerifier } from '../../../jwt-middleware/src/verify/verifier.ts'
import {
  ADA,
  accessPayload,
  COOKIE_DOMAIN,
  ISSUER,
  jwksResponse,
  NOW,
  recordingLogger,
  refreshHeader,
  refreshPayload,
  type TestKey,
  testKey,
} from '../../support/tokens.ts'

const HOST = 'app1.demo.localhost'
let key: TestKey
let stranger: TestKey

/** JSON that no operator can make a number or a text of. */
const NO_PRIMITIVE = { valueOf: 1, toString: 1 }
beforeAll(async () => {
  ;[key, stranger] = await Promise.all([testKey('key-1'), testKey('key-1')])
})

const verifier = (seconds = NOW, keys: readonly TestKey[] = [key]) => {
  const now = () => seconds * 1000
  const keySet = createKeySet({
    url: 'http://127.0.0.1/jwks',
    now,
    log: recordingLogger(),
    state: storedValue(memoryState(), 'keys'),
    fetch: async () => jwksResponse(...keys),
  })
  return createTokenVerifier({ keys: keySet, issuer: ISSUER, clockTolerance: 30, now })
}
const reasonOf = async (token: string, host = HOST) => {
  const result = await verifier().access(token, host)
  return result.ok ? 'accepted' : result.reason
}

describe('An access token', () => {
  it("proves the user's identity", async () => {
    const result = await verifier().access(key.sign(accessPayload()), HOST)
    expect(result).toMatchObject({ ok: true, value: { user_uuid: ADA.uuid, user_email: ADA.email } })
  })

  it.each(['RS256', 'EdDSA'] as const)('can be signed with %s', async (alg) => {
    const other = await testKey('other', alg)
    const result = await verifier(NOW, [key, other]).access(other.sign(accessPayload()), HOST)
    expect(result.ok).toBe(true)
  })

  it('is valid for the cookie domain and every host below, and for no other', async () => {
    const token = key.sign(accessPayload())
    expect(await reasonOf(token, COOKIE_DOMAIN)).toBe('accepted')
    expect(await reasonOf(token, 'a.b.demo.localhost')).toBe('accepted')
    expect(await reasonOf(token, 'demo2.localhost')).toBe('wrong_audience')
    expect(await reasonOf(token, 'xdemo.localhost')).toBe('wrong_audience')
    expect(await reasonOf(token, 'localhost')).toBe('wrong_audience')
  })

  const change = (changes: Record<string, unknown>) => () => key.sign(accessPayload(changes))
  const header = (changes: Record<string, unknown>) => () =>
    key.sign(accessPayload(), { alg: 'ES256', kid: 'key-1', typ: 'at+jwt', ...changes })

  const HOSTILE: [string, string, () => string | Promise<string>][] = [
    ['from another issuer', 'wrong_issuer', change({ iss: 'http://evil.example' })],
    ['for a stranger', 'wrong_audience', change({ aud: 'evil.example' })],
    ['for a list of audiences', 'bad_claims', change({ aud: [COOKIE_DOMAIN] })],
    ['that ended', 'expired', change({ iat: NOW - 400, exp: NOW - 30 })],
    ['from the future', 'not_yet_valid', change({ iat: NOW + 31, exp: NOW + 400 })],
    ['without an end', 'bad_claims', change({ exp: undefined })],
    ['whose end is no primitive value', 'bad_claims', change({ exp: NO_PRIMITIVE })],
    ['whose issue is no primitive value', 'bad_claims', change({ iat: NO_PRIMITIVE })],
    ['that ended before it was issued by a word', 'bad_claims', change({ iat: '0', exp: '0' })],
    [
      'whose end is no primitive value, by a stranger',
      'bad_claims',
      () => stranger.sign(accessPayload({ exp: NO_PRIMITIVE })),
    ],
    ['of the type of a refresh token', 'bad_claims', change({ token_type: 'refresh' })],
    ['with the wrong typ', 'wrong_type', header({ typ: 'JWT' })],
    ['with the typ of a refresh token', 'wrong_type', header({ typ: 'rt+jwt' })],
    ['with the typ of an ID token', 'wrong_type', header({ typ: 'id+jwt' })],
    ['with the typ of a logout token', 'wrong_type', header({ typ: 'logout+jwt' })],
    ['of an unknown key', 'unknown_key', header({ kid: 'key-2' })],
    ['with another algorithm than its key', 'wrong_algorithm', header({ alg: 'RS256' })],
    ['with a symmetric algorithm', 'wrong_algorithm', header({ alg: 'HS256' })],
    ['with alg none', 'wrong_algorithm', header({ alg: 'none' })],
    ['with alg none and no signature', 'malformed', () => key.sign(accessPayload()).replace(/[^.]+$/, '')],
    ['signed by a stranger under our kid', 'bad_signature', () => stranger.sign(accessPayload())],
    [
      'with another payload than was signed',
      'bad_signature',
      () => {
        const [head, , signature] = key.sign(accessPayload()).split('.')
        return [head, key.sign(accessPayload({ user_is_superuser: true })).split('.')[1], signature].join('.')
      },
    ],
    [
      'with a signature of zeros',
      'bad_signature',
      () => key.sign(accessPayload()).replace(/[^.]+$/, Buffer.alloc(64).toString('base64url')),
    ],
    [
      'with a signature that is too short',
      'bad_signature',
      () => key.sign(accessPayload()).replace(/[^.]+$/, Buffer.alloc(8, 1).toString('base64url')),
    ],
    [
      'signed with the public key as a shared secret',
      'wrong_algorithm',
      async () => {
        const pem = await exportSPKI(
          (await importJWK(key.publicJwk, 'ES256', { extractable: true })) as never,
        )
        const input = header({ alg: 'HS256' })().split('.').slice(0, 2).join('.')
        return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
      },
    ],
    [
      'of five segments',
      'malformed',
      () => new EncryptJWT({}).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(Buffer.alloc(32)),
    ],
    [
      'that is encrypted',
      'malformed',
      () =>
        new CompactEncrypt(Buffer.from('x'))
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
          .encrypt(Buffer.alloc(32)),
    ],
    ['with padding', 'malformed', () => `${key.sign(accessPayload())}=`],
    ['of 5,000 bytes', 'too_large', change({ user_first_name: 'x'.repeat(5000) })],
    [
      'that brings its own key',
      'bad_signature',
      () =>
        stranger.sign(accessPayload(), {
          alg: 'ES256',
          kid: 'key-1',
          typ: 'at+jwt',
          jwk: stranger.publicJwk,
        }),
    ],
    ['that is no token', 'malformed', () => 'not a token'],
    ['that is a refresh token', 'wrong_type', () => key.sign(refreshPayload(), refreshHeader(key))],
  ]

  it.each(HOSTILE)('%s is rejected: %s', async (_, reason, token) => {
    expect(await reasonOf(await token())).toBe(reason)
  })

  it.each(['ES256', 'RS256', 'EdDSA'] as const)('with flipped bits is rejected, under %s', async (alg) => {
    const signer = await testKey('flip', alg)
    const token = signer.sign(accessPayload())
    const check = verifier(NOW, [signer])
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (let i = 0; i < token.length; i += 7) {
      const flipped = alphabet[(alphabet.indexOf(token[i] as string) + 1) % 64]
      const result = await check.access(`${token.slice(0, i)}${flipped}${token.slice(i + 1)}`, HOST)
      expect(result.ok, `position ${i}`).toBe(false)
    }
  })

  it('is valid from its issue to its end, with 30 s of tolerance for clocks', async () => {
    const token = key.sign(accessPayload({ iat: NOW, exp: NOW + 300 }))
    const at = async (seconds: number) => (await verifier(seconds).access(token, HOST)).ok
    expect([await at(NOW - 31), await at(NOW - 30), await at(NOW + 329), await at(NOW + 330)]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('An expired token', () => {
  const expired = () => [
    key.sign(accessPayload({ iat: NOW - 400, exp: NOW - 30 })),
    stranger.sign(accessPayload({ iat: NOW - 400, exp: NOW - 30 })),
  ]
  const ours: KeySource = {
    get: () => ({
      kid: 'key-1',
      alg: 'ES256',
      key: createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }),
    }),
  }
  const check = (isIssuer: boolean, keys = ours) =>
    createTokenVerifier({ keys, issuer: ISSUER, clockTolerance: 30, now: () => NOW * 1000, isIssuer })
  const reasons = async (checker: TokenVerifier) =>
    (await Promise.all(expired().map((token) => checker.access(token, HOST)))).map(
      (result) => !result.ok && result.reason,
    )

  it('is rejected by an app whatever its signature is, without a key', async () => {
    const keys = { get: (): never => expect.fail('No key is needed.') }
    expect(await reasons(check(false, keys))).toEqual(['expired', 'expired'])
  })

  it('is called expired by its issuer only if it is genuine', async () => {
    expect(await reasons(check(true))).toEqual(['expired', 'bad_signature'])
  })

  it('is one that has just ended, if it was issued just now and not within the tolerance', async () => {
    const issued = (iat: number) => key.sign(accessPayload({ iat, exp: NOW }))
    const accepted = async (iat: number, isJustIssued: boolean) =>
      (await check(false).access(issued(iat), HOST, isJustIssued)).ok
    expect(await accepted(NOW - 31, false)).toBe(true)
    expect(await accepted(NOW - 31, true)).toBe(false)
    expect(await accepted(NOW - 30, true)).toBe(true)
  })
})

describe('A refresh token', () => {
  const sign = (changes = {}, header: Record<string, unknown> = refreshHeader(key)) =>
    key.sign(refreshPayload(changes), header)

  it('is valid for the auth service only', async () => {
    expect(await verifier().refresh(sign())).toMatchObject({ ok: true, value: { sid: 'session-1' } })
    expect(await verifier().refresh(sign({ aud: COOKIE_DOMAIN }))).toEqual({
      ok: false,
      reason: 'wrong_audience',
    })
  })

  it.each([
    ['an access token', 'wrong_type', () => key.sign(accessPayload())],
    ['an access token with its type', 'bad_claims', () => key.sign(accessPayload(), refreshHeader(key))],
    ['another type', 'wrong_type', () => sign({}, { ...refreshHeader(key), typ: 'at+jwt' })],
    ['another issuer', 'wrong_issuer', () => sign({ iss: 'http://evil.example' })],
    ['its end', 'expired', () => sign({ iat: NOW - 500_000, exp: NOW - 30 })],
  ])('is rejected for %s', async (_, reason, token) => {
    expect(await verifier().refresh(token())).toEqual({ ok: false, reason })
  })
})

describe('Without any key', () => {
  it('no token is called invalid', async () => {
    const now = () => NOW * 1000
    const keys = createKeySet({
      url: 'http://127.0.0.1/jwks',
      now,
      log: recordingLogger(),
      state: storedValue(memoryState(), 'keys'),
      fetch: async () => new Response(null, { status: 503 }),
    })
    const check = createTokenVerifier({ keys, issuer: ISSUER, clockTolerance: 30, now })
    expect(await check.access(key.sign(accessPayload()), HOST)).toEqual({
      ok: false,
      reason: 'keys_unavailable',
    })
    expect(await check.refresh(key.sign(refreshPayload(), refreshHeader(key)))).toEqual({
      ok: false,
      reason: 'keys_unavailable',
    })
  })
})
