import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { isOpaqueToken, looksOpaque, opaqueToken } from '../../../jwt-middleware/src/contract/opaque-token.ts'

const token = () => opaqueToken('api_token', randomBytes(32))

describe('Opaque tokens', () => {
  it('have a prefix, 43 characters for 256 bits, and a checksum', () => {
    for (let i = 0; i < 1000; i++) {
      const one = token()
      expect(one).toMatch(/^lk_[0-9A-Za-z]{49}$/)
      expect(isOpaqueToken('api_token', one)).toBe(true)
    }
    expect(opaqueToken('app_secret', randomBytes(32))).toMatch(/^lks_[0-9A-Za-z]{49}$/)
  })

  it('encode all bytes, so that no two are the same', () => {
    const [none, all] = [new Uint8Array(32), new Uint8Array(32).fill(255)]
    expect(opaqueToken('api_token', none)).toMatch(/^lk_0{43}/)
    expect(opaqueToken('api_token', all)).not.toMatch(/^lk_0/)
    const seen = new Set(
      Array.from({ length: 256 }, (_, byte) => opaqueToken('api_token', none.with(31, byte))),
    )
    expect(seen.size).toBe(256)
  })

  it('have the CRC-32 of zlib', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    for (let i = 0; i < 1000; i++) {
      const one = token()
      const sum = [...one.slice(-6)].reduce((number, digit) => number * 62 + digits.indexOf(digit), 0)
      expect(sum).toBe(crc32(one.slice(0, -6)))
    }
  })

  it('are refused with any one character changed, cut off or added', () => {
    const good = token()
    for (let at = 0; at < good.length; at++) {
      const other = good[at] === 'a' ? 'b' : 'a'
      expect(isOpaqueToken('api_token', good.slice(0, at) + other + good.slice(at + 1))).toBe(false)
      expect(isOpaqueToken('api_token', good.slice(0, at))).toBe(false)
      expect(isOpaqueToken('api_token', `${good.slice(0, at)}\0${good.slice(at)}`)).toBe(false)
    }
    for (const wrong of [`${good} `, ` ${good}`, `${good}\n`, good.toUpperCase(), `${good}${good}`, '']) {
      expect(isOpaqueToken('api_token', wrong)).toBe(false)
    }
  })

  it('of one kind are no tokens of another', () => {
    const secret = opaqueToken('app_secret', randomBytes(32))
    expect(isOpaqueToken('api_token', secret)).toBe(false)
    expect(isOpaqueToken('api_token', secret.replace('lks_', 'lk_'))).toBe(false)
    expect([looksOpaque('api_token', secret), looksOpaque('app_secret', secret)]).toEqual([false, true])
  })
})
