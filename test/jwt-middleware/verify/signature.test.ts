import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isSigned } from '../../../jwt-middleware/src/verify/signature.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { alg: 'ES256', key: publicKey } as const
const text = (bytes: Buffer) => bytes.toString('base64url')
const input = `${text(Buffer.from('{"alg":"ES256"}'))}.${text(Buffer.from('{}'))}`
const bare = (by: KeyObject = privateKey) =>
  sign('sha256', Buffer.from(input), { key: by, dsaEncoding: 'ieee-p1363' })
const good = bare()
const jws = (signature: Buffer) => `${input}.${text(signature)}`

describe('an ES256 signature', () => {
  it('is valid with its key and its content', () => {
    expect(isSigned(jws(good), key)).toBe(true)
    expect(isSigned(jws(good).replace('e30', 'e31'), key)).toBe(false)
    expect(isSigned(jws(bare(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)), key)).toBe(
      false,
    )
  })

  it("is the bare r and s: DER, Node's default, is rejected", () => {
    expect(isSigned(jws(sign('sha256', Buffer.from(input), privateKey)), key)).toBe(false)
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
  ])('is rejected if it is %s', (_what, signature) => {
    expect(isSigned(jws(signature), key)).toBe(false)
  })

  it('is rejected with any one bit flipped', () => {
    for (let bit = 0; bit < 512; bit++) {
      const turned = Buffer.from(good)
      turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(isSigned(jws(turned), key)).toBe(false)
    }
  })
})
