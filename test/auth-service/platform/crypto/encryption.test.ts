import { describe, expect, it } from 'vitest'
import { createSealer } from '../../../../auth-service/src/platform/crypto/encryption.ts'

const SECRET = 'a secret of more than 32 characters, or so'
const secrets = (secretKey: string, ...secretKeyFallbacks: string[]) => ({ secretKey, secretKeyFallbacks })
const PLAIN = Buffer.from('what nobody may read')
const sealer = createSealer(secrets(SECRET), 'tests')

describe('Encrypted data', () => {
  it('is decrypted with the same secret, purpose and context', () => {
    expect(createSealer(secrets(SECRET), 'tests').open(sealer.seal(PLAIN, 'a'), 'a')).toEqual(PLAIN)
  })

  it('reveals only the version of its format', () => {
    const sealed = sealer.seal(PLAIN, 'a')
    expect(sealed).toMatch(/^v1\.[\w-]{16}\.[\w-]{27}\.[\w-]{22}$/)
    expect(sealer.seal(PLAIN, 'a')).not.toBe(sealed)
  })

  it('still decrypts from its first format', () => {
    const sealed = 'v1.dAUI3Z-ZvveIOen3.zVyVMIaD8wRD9iCgLk6ZoyvogdU.ecBs_8U7qp_fgw57qfwikQ'
    expect(sealer.open(sealed, 'a')).toEqual(PLAIN)
  })

  it('does not decrypt with another secret, purpose or context', () => {
    const sealed = sealer.seal(PLAIN, 'a')
    expect(createSealer(secrets(`${SECRET}.`), 'tests').open(sealed, 'a')).toBeNull()
    expect(createSealer(secrets(SECRET), 'others').open(sealed, 'a')).toBeNull()
    expect(sealer.open(sealed, 'b')).toBeNull()
  })

  it('does not decrypt if any part was changed', () => {
    const sealed = sealer.seal(PLAIN, 'a')
    const [version, iv, text, tag] = sealed.split('.') as [string, string, string, string]
    const flip = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1)
    for (const touched of [
      `v2.${iv}.${text}.${tag}`,
      `${version}.${flip(iv)}.${text}.${tag}`,
      `${version}.${iv}.${flip(text)}.${tag}`,
      `${version}.${iv}.${text}.${flip(tag)}`,
      `${version}.${iv}.${text}.${tag.slice(0, 6)}`,
      `${version}.${iv.slice(0, 4)}.${text}.${tag}`,
      `${version}.${iv}.${text}`,
      `${sealed}.${tag}`,
      '',
      'v1...',
    ]) {
      expect(sealer.open(touched, 'a')).toBeNull()
    }
  })

  it('decrypts with an earlier secret, and is encrypted with the newest', () => {
    const old = sealer.seal(PLAIN, 'a')
    const newer = createSealer(
      secrets('another secret of more than 32 characters', `${SECRET}?`, SECRET),
      'tests',
    )
    expect(newer.open(old, 'a')).toEqual(PLAIN)
    expect(newer.open(old, 'b')).toBeNull()
    expect(sealer.open(newer.seal(PLAIN, 'a'), 'a')).toBeNull()
  })

  it('is encrypted again only if it used an earlier secret', () => {
    const old = sealer.seal(PLAIN, 'a')
    const newest = secrets('another secret of more than 32 characters')
    const newer = createSealer({ ...newest, secretKeyFallbacks: [SECRET] }, 'tests')
    const resealed = newer.reseal(old, 'a') as string
    expect(createSealer(newest, 'tests').open(resealed, 'a')).toEqual(PLAIN)
    expect(newer.reseal(resealed, 'a')).toBeNull()
    expect(newer.reseal(old, 'b')).toBeNull()
    expect(createSealer(newest, 'tests').reseal(old, 'a')).toBeNull()
  })
})
