import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals what the database must not reveal: AES-256-GCM under a key derived from SECRET_KEY (RFC 5869). */
export interface Sealer {
  /** `v1.<iv>.<ciphertext>.<tag>` in base64url. `context` says what it belongs to, and must be the same to open it. */
  seal(plain: Uint8Array, context: string): string
  /** `null` where it was sealed with another key or for another context, or is damaged. */
  open(sealed: string, context: string): Buffer | null
}

const VERSION = 'v1'

export function createSealer(secretKey: string, purpose: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey ${VERSION} ${purpose}`, 32))

  return {
    seal(plain, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(plain), cipher.final()])
      return [VERSION, ...[iv, text, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
    },
    open(sealed, context) {
      const [version, ...parts] = sealed.split('.')
      const [iv, text, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
      if (version !== VERSION || parts.length !== 3 || iv?.length !== 12 || !text || tag?.length !== 16)
        return null
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context)).setAuthTag(tag)
        return Buffer.concat([decipher.update(text), decipher.final()])
      } catch {
        return null
      }
    },
  }
}
