import { describe, expect, it } from 'vitest'
import { createSignatures } from '../../../../auth-service/src/platform/crypto/keyed-hash.ts'
import { SECRET_KEY } from '../../support/services.ts'

const OTHER_KEY = 'another-secret-key-of-at-least-32-bytes'
const secrets = { secretKey: SECRET_KEY, secretKeyFallbacks: [] }

describe('a signature', () => {
  it('is valid only for the same data and purpose', () => {
    const { sign, isValid } = createSignatures(secrets, 'csrf')
    expect(isValid('data', sign('data'))).toBe(true)
    expect(isValid('date', sign('data'))).toBe(false)
    expect(createSignatures(secrets, 'knownDevices').isValid('data', sign('data'))).toBe(false)
  })

  it('made with an earlier SECRET_KEY is valid while that is listed as a fallback', () => {
    const earlier = createSignatures({ secretKey: OTHER_KEY, secretKeyFallbacks: [] }, 'csrf').sign('data')
    expect(createSignatures(secrets, 'csrf').isValid('data', earlier)).toBe(false)
    const both = { secretKey: SECRET_KEY, secretKeyFallbacks: [OTHER_KEY] }
    expect(createSignatures(both, 'csrf').isValid('data', earlier)).toBe(true)
  })

  it('has exactly the requested length', () => {
    const short = createSignatures(secrets, 'csrf', 16)
    const full = createSignatures(secrets, 'csrf').sign('data')
    expect(short.sign('data')).toEqual(full.subarray(0, 16))
    expect(short.isValid('data', full)).toBe(false)
    expect(short.isValid('data', Buffer.alloc(0))).toBe(false)
  })
})
