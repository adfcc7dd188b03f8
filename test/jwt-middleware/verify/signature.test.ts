import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PublicJwk } from '../../../jwt-middleware/src/contract/jwk.ts'
import * as onNode from '../../../jwt-middleware/src/verify/signature-node.ts'
import * as onWeb from '../../../jwt-middleware/src/verify/signature-web.ts'
import type { VerificationKey } from '../../../jwt-middleware/src/verify/verification-key.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const text = (bytes: Buffer) => bytes.toString('base64url')
const input = `${text(Buffer.from('{"alg":"ES256"}'))}.${text(Buffer.from('{}'))}`
const bare = (by: KeyObject = privateKey) =>
  sign('sha256', Buffer.from(input), { key: by, dsaEncoding: 'ieee-p1363' })
const good = bare()
const jws = (signature: Buffer) => `${input}.${text(signature)}`

describe.each(Object.entries({ onNode, onWeb }))(
  '%s, an ES256 signature',
  (_runtime, { isSigned, importPublicKey }) => {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' } as PublicJwk
    let key: Parameters<typeof isSigned>[1]
    beforeAll(async () => {
      key = { alg: 'ES256', key: (await importPublicKey(jwk)) as VerificationKey['key'] }
    })
    it('is valid with its key and its content', async () => {
      expect(await isSigned(jws(good), key)).toBe(true)
      expect(await isSigned(jws(good).replace('e30', 'e31'), key)).toBe(false)
      expect(
        await isSigned(jws(bare(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)), key),
      ).toBe(false)
    })

    it("is the bare r and s: DER, Node's default, is rejected", async () => {
      expect(await isSigned(jws(sign('sha256', Buffer.from(input), privateKey)), key)).toBe(false)
    })

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['zeros', Buffer.alloc(64)],
      ['ones', Buffer.alloc(64, 255)],
      ['a byte shorter', good.subarray(0, 63)],
      ['a byte longer', Buffer.concat([good, Buffer.alloc(1)])],
      ['zeros in front', Buffer.concat([Buffer.alloc(2), good])],
      ['r alone', Buffer.concat([good.subarray(0, 32), Buffer.alloc(32)])],
      ['s alone', Buffer.concat([Buffer.alloc(32), good.subarray(32)])],
      ['the two exchanged', Buffer.concat([good.subarray(32), good.subarray(0, 32)])],
    ])('is rejected if it is %s', async (_what, signature) => {
      expect(await isSigned(jws(signature), key)).toBe(false)
    })

    it('is rejected with any one bit flipped', async () => {
      for (let bit = 0; bit < 512; bit++) {
        const turned = Buffer.from(good)
        turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7))
        expect(await isSigned(jws(turned), key)).toBe(false)
      }
    })

    it('verifies with RSA and Ed25519 keys as well, and not with weak ones', async () => {
      for (const [alg, pair] of [
        ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
        ['EdDSA', generateKeyPairSync('ed25519')],
      ] as const) {
        const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'one', alg, use: 'sig' } as PublicJwk
        const key = (await importPublicKey(jwk)) as VerificationKey['key']
        const signature = sign(alg === 'RS256' ? 'sha256' : null, Buffer.from(input), pair.privateKey)
        expect(await isSigned(jws(signature), { alg, key })).toBe(true)
        expect(await isSigned(jws(signature).replace('e30', 'e31'), { alg, key })).toBe(false)
        expect(await isSigned(jws(good), { alg, key })).toBe(false)
        expect(await importPublicKey({ ...jwk, kty: 'EC' })).toBeNull()
      }
      const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
      expect(
        await importPublicKey({ ...weak, kid: 'weak', alg: 'RS256', use: 'sig' } as PublicJwk),
      ).toBeNull()
    })
  },
)
