import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey, type KeyPurpose, type Secrets } from './derive-key.ts'

/** AES-256-GCM under a key derived from SECRET_KEY. */
export interface Encryption {
  /** Returns `v1.<iv>.<ciphertext>.<tag>` in base64url. Decrypting needs the same `context`, e.g. the id of the row. */
  encrypt(plain: Uint8Array, context: string): string
  /** Returns `null` if it was encrypted with an unknown secret or for another context, or is damaged. */
  decrypt(encrypted: string, context: string): Buffer | null
  /** Encrypts it again with SECRET_KEY. Returns `null` if it already is, or cannot be decrypted. */
  reencrypt(encrypted: string, context: string): string | null
}

const VERSION = 'v1'

export function createEncryption(
  { secretKey, secretKeyFallbacks }: Secrets,
  purpose: KeyPurpose,
): Encryption {
  const derive = (secret: string) => deriveKey(secret, purpose)
  const key = derive(secretKey)
  const fallbacks = secretKeyFallbacks.map(derive)

  function encrypt(plain: Uint8Array, context: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
    const text = Buffer.concat([cipher.update(plain), cipher.final()])
    return [VERSION, ...[iv, text, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
  }

  function decryptWithFallback(encrypted: string, context: string): Buffer | null {
    for (const fallback of fallbacks) {
      const plain = decryptWith(fallback, encrypted, context)
      if (plain) return plain
    }
    return null
  }

  return {
    encrypt,
    decrypt: (encrypted, context) =>
      decryptWith(key, encrypted, context) ?? decryptWithFallback(encrypted, context),
    reencrypt(encrypted, context) {
      const plain = decryptWith(key, encrypted, context) ? null : decryptWithFallback(encrypted, context)
      return plain && encrypt(plain, context)
    },
  }
}

function decryptWith(key: Buffer, encrypted: string, context: string): Buffer | null {
  const [version, ...parts] = encrypted.split('.')
  const [iv, text, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (version !== VERSION || parts.length !== 3 || iv?.length !== 12 || !text || tag?.length !== 16)
    return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context)).setAuthTag(tag)
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch {
    return null
  }
}
