import { createPublicKey, verify } from 'node:crypto'
import { compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  exportPrivateKey,
  generateKey,
  importPrivateKey,
  publicJwk,
  signJws,
} from '../../../../auth-service/src/platform/crypto/jws.ts'
import { isSigned } from '../../../../jwt-middleware/src/verify/signature-node.ts'

const PAYLOAD = { sub: 'somebody', name: 'Zo\u00EB \u{1F511}' }

describe.each(['ES256', 'RS256', 'EdDSA'] as const)('A JWS signed with %s', (alg) => {
  const key = generateKey(alg)
  const header = { alg, kid: 'one', typ: 'at+jwt' }

  it('is verified by another library with the public key', async () => {
    const jws = signJws(header, PAYLOAD, key)
    const verified = await compactVerify(jws, await importJWK(publicJwk(key) as never, alg))
    expect(verified.protectedHeader).toEqual(header)
    expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(PAYLOAD)
  })

  it('is rejected with another key or another payload', async () => {
    const jws = signJws(header, PAYLOAD, key)
    const own = await importJWK(publicJwk(key) as never, alg)
    const other = await importJWK(publicJwk(generateKey(alg)) as never, alg)
    const [head, , signature] = jws.split('.')
    const forged = [head, Buffer.from('{"sub":"else"}').toString('base64url'), signature].join('.')
    await expect(compactVerify(jws, other)).rejects.toThrow()
    await expect(compactVerify(forged, own)).rejects.toThrow()
  })

  it('is signed the same way by a key that was stored and loaded', () => {
    const again = importPrivateKey(exportPrivateKey(key))
    expect(publicJwk(again)).toEqual(publicJwk(key))
  })

  it('has a key whose public form contains no private part', () => {
    expect(Object.keys(publicJwk(key))).not.toEqual(expect.arrayContaining(['d']))
  })
})

it('an ES256 signature has 64 bytes, and an RS256 key has 2,048 bits', () => {
  const jws = signJws({ alg: 'ES256', kid: 'one', typ: 'at+jwt' }, PAYLOAD, generateKey('ES256'))
  expect(Buffer.from(jws.split('.')[2] ?? '', 'base64url')).toHaveLength(64)
  expect(generateKey('RS256').asymmetricKeyDetails?.modulusLength).toBe(2048)
})

it('every ES256 signature is valid here and in Node, also with short numbers', () => {
  const key = generateKey('ES256')
  const publicKey = createPublicKey(key)
  const shortest = { r: 32, s: 32 }
  // One number in 256 has a leading zero; the test needs some.
  for (let n = 0; n < 20_000 && (shortest.r === 32 || shortest.s === 32); n++) {
    const jws = signJws({ alg: 'ES256', kid: 'one', typ: 'at+jwt' }, { n }, key)
    const [head, body, signature = ''] = jws.split('.')
    const bare = Buffer.from(signature, 'base64url')
    for (const [name, at] of [
      ['r', 0],
      ['s', 32],
    ] as const) {
      const digits = bare.subarray(at, at + 32).findIndex((byte) => byte !== 0)
      shortest[name] = Math.min(shortest[name], 32 - digits)
    }
    const own = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${head}.${body}`), own, bare)).toBe(true)
    expect(isSigned(jws, { alg: 'ES256', key: publicKey })).toBe(true)
  }
  expect(shortest.r).toBeLessThan(32)
  expect(shortest.s).toBeLessThan(32)
})
