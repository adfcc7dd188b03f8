import { describe, expect, it } from 'vitest'
import { readPublicJwk, type SigningAlgorithm } from '../../../jwt-middleware/src/contract/jwk.ts'
import { testKey } from '../../support/tokens.ts'

describe('A public key', () => {
  it.each<[SigningAlgorithm, string[]]>([
    ['ES256', ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y']],
    ['EdDSA', ['kty', 'kid', 'alg', 'use', 'crv', 'x']],
    ['RS256', ['kty', 'kid', 'alg', 'use', 'n', 'e']],
  ])('for %s is read with its public members only', async (alg, members) => {
    const { publicJwk } = await testKey('key', alg)
    const read = readPublicJwk({ ...publicJwk, key_ops: ['sign', 'verify'], x5u: 'https://evil.example/' })
    expect(read).toEqual(publicJwk)
    expect(Object.keys(read ?? {})).toEqual(members)
  })

  it('can omit its use', async () => {
    const { publicJwk } = await testKey('key')
    const { alg: _, use: __, ...bare } = publicJwk
    expect(readPublicJwk(bare)).toEqual(publicJwk)
  })

  it.each<[string, object]>([
    ['private', { d: 'c2VjcmV0' }],
    ['for encryption', { use: 'enc' }],
    ['for signing alone, by its operations', { key_ops: ['sign'] }],
    ['for no operation', { key_ops: [] }],
    ['for operations that are no list', { key_ops: 'verify' }],
    ['for operations that are null', { key_ops: null }],
    ['of another algorithm', { alg: 'RS256' }],
    ['of another curve', { crv: 'P-384' }],
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0' }],
    ['without a point', { x: undefined }],
    ['with a point that is no text', { y: 7 }],
    ['without a name', { kid: undefined }],
    ['with a name that is a path', { kid: '../key' }],
  ])('that is %s is rejected', async (_, changes) => {
    const { publicJwk } = await testKey('key')
    expect(readPublicJwk({ ...publicJwk, ...changes })).toBeNull()
  })

  it.each([null, undefined, 'key', 7, []])('is not %j', (value) => {
    expect(readPublicJwk(value)).toBeNull()
  })
})
