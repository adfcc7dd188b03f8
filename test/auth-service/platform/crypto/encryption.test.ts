import { describe, expect, it } from 'vitest'
import { createEncryption } from '../../../../auth-service/src/platform/crypto/encryption.ts'

const SECRET = 'a secret of more than 32 characters, or so'
const secrets = (secretKey: string, ...secretKeyFallbacks: string[]) => ({ secretKey, secretKeyFallbacks })
const PLAIN = Buffer.from('what nobody may read')
const encryption = createEncryption(secrets(SECRET), 'mails')

describe('encrypted data', () => {
  it('is decrypted with the same secret, purpose and context', () => {
    expect(createEncryption(secrets(SECRET), 'mails').decrypt(encryption.encrypt(PLAIN, 'a'), 'a')).toEqual(
      PLAIN,
    )
  })

  it('reveals the version of its format, and nothing else', () => {
    const encrypted = encryption.encrypt(PLAIN, 'a')
    expect(encrypted).toMatch(/^v1\.[\w-]{16}\.[\w-]{27}\.[\w-]{22}$/)
    expect(encryption.encrypt(PLAIN, 'a')).not.toBe(encrypted)
  })

  it('is decrypted in the format of the first version', () => {
    const first = createEncryption(secrets('a secret of thirty-two characters'), 'mails')
    expect(first.decrypt('v1.r8nEp-BSShUpucqn.Nyq-k30._THA30scAQCd_4ka8aETHA', 'text')).toEqual(
      Buffer.from('Hello'),
    )
  })

  it('is not decrypted with another secret, purpose or context', () => {
    const encrypted = encryption.encrypt(PLAIN, 'a')
    expect(createEncryption(secrets(`${SECRET}.`), 'mails').decrypt(encrypted, 'a')).toBeNull()
    expect(createEncryption(secrets(SECRET), 'flash').decrypt(encrypted, 'a')).toBeNull()
    expect(encryption.decrypt(encrypted, 'b')).toBeNull()
  })

  it('is not decrypted when any part was changed', () => {
    const encrypted = encryption.encrypt(PLAIN, 'a')
    const [version, iv, text, tag] = encrypted.split('.') as [string, string, string, string]
    const flip = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1)
    for (const touched of [
      `v2.${iv}.${text}.${tag}`,
      `${version}.${flip(iv)}.${text}.${tag}`,
      `${version}.${iv}.${flip(text)}.${tag}`,
      `${version}.${iv}.${text}.${flip(tag)}`,
      `${version}.${iv}.${text}.${tag.slice(0, 6)}`,
      `${version}.${iv.slice(0, 4)}.${text}.${tag}`,
      `${version}.${iv}.${text}`,
      `${encrypted}.${tag}`,
      '',
      'v1...',
    ]) {
      expect(encryption.decrypt(touched, 'a')).toBeNull()
    }
  })

  it('is decrypted with an earlier secret, too, and encrypted with the newest', () => {
    const old = encryption.encrypt(PLAIN, 'a')
    const newer = createEncryption(
      secrets('another secret of more than 32 characters', `${SECRET}?`, SECRET),
      'mails',
    )
    expect(newer.decrypt(old, 'a')).toEqual(PLAIN)
    expect(newer.decrypt(old, 'b')).toBeNull()
    expect(encryption.decrypt(newer.encrypt(PLAIN, 'a'), 'a')).toBeNull()
  })

  it('is encrypted again if an earlier secret encrypted it, and only then', () => {
    const old = encryption.encrypt(PLAIN, 'a')
    const newest = secrets('another secret of more than 32 characters')
    const newer = createEncryption({ ...newest, secretKeyFallbacks: [SECRET] }, 'mails')
    const reencrypted = newer.reencrypt(old, 'a') as string
    expect(createEncryption(newest, 'mails').decrypt(reencrypted, 'a')).toEqual(PLAIN)
    expect(newer.reencrypt(reencrypted, 'a')).toBeNull()
    expect(newer.reencrypt(old, 'b')).toBeNull()
    expect(createEncryption(newest, 'mails').reencrypt(old, 'a')).toBeNull()
  })
})
