import { compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  exportPrivateKey,
  generateKey,
  importPrivateKey,
  publicJwk,
  signJws,
} from '../../auth-service/src/signing.ts'

const PAYLOAD = { sub: 'somebody', name: 'Zo\u00EB \u{1F511}' }

describe.each(['ES256', 'RS256', 'EdDSA'] as const)('a JWS signed with %s', (alg) => {
  const key = generateKey(alg)
  const header = { alg, kid: 'one', typ: 'at+jwt' }

  it('is verified by another library, with the published half of the key', async () => {
    const jws = signJws(header, PAYLOAD, key)
    const verified = await compactVerify(jws, await importJWK(publicJwk(key) as never, alg))
    expect(verified.protectedHeader).toEqual(header)
    expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(PAYLOAD)
  })

  it('is refused with another key, or with another payload', async () => {
    const jws = signJws(header, PAYLOAD, key)
    const own = await importJWK(publicJwk(key) as never, alg)
    const other = await importJWK(publicJwk(generateKey(alg)) as never, alg)
    const [head, , signature] = jws.split('.')
    const forged = [head, Buffer.from('{"sub":"else"}').toString('base64url'), signature].join('.')
    await expect(compactVerify(jws, other)).rejects.toThrow()
    await expect(compactVerify(forged, own)).rejects.toThrow()
  })

  it('is signed alike by a key that was stored and read again', () => {
    const again = importPrivateKey(exportPrivateKey(key))
    expect(publicJwk(again)).toEqual(publicJwk(key))
  })

  it('has a key that publishes no private part', () => {
    expect(Object.keys(publicJwk(key))).not.toEqual(expect.arrayContaining(['d']))
  })
})

it('an ES256 signature is 64 bytes, and an RS256 key 2,048 bits', () => {
  const jws = signJws({ alg: 'ES256', kid: 'one', typ: 'at+jwt' }, PAYLOAD, generateKey('ES256'))
  expect(Buffer.from(jws.split('.')[2] ?? '', 'base64url')).toHaveLength(64)
  expect(generateKey('RS256').asymmetricKeyDetails?.modulusLength).toBe(2048)
})
