import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** What is sealed and signed with: SECRET_KEY, and those before it, which still open and match. */
export interface Secrets {
  readonly secretKey: string
  readonly secretKeyFallbacks: readonly string[]
}

/** Seals what the database must not reveal: AES-256-GCM under a key derived from SECRET_KEY (RFC 5869). */
export interface Sealer {
  /** `v1.<iv>.<ciphertext>.<tag>` in base64url. `context` says what it belongs to, and must be the same to open it. */
  seal(plain: Uint8Array, context: string): string
  /** `null` where it was sealed with a secret that is none of ours or for another context, or is damaged. */
  open(sealed: string, context: string): Buffer | null
  /** Sealed anew with SECRET_KEY, or `null` where it is already, or can't be opened. */
  reseal(sealed: string, context: string): string | null
}

const VERSION = 'v1'

export function createSealer({ secretKey, secretKeyFallbacks }: Secrets, purpose: string): Sealer {
  const derive = (secret: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${VERSION} ${purpose}`, 32))
  const key = derive(secretKey)
  const fallbacks = secretKeyFallbacks.map(derive)

  function seal(plain: Uint8Array, context: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
    const text = Buffer.concat([cipher.update(plain), cipher.final()])
    return [VERSION, ...[iv, text, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
  }

  function openWithFallback(sealed: string, context: string): Buffer | null {
    for (const fallback of fallbacks) {
      const plain = openWith(fallback, sealed, context)
      if (plain) return plain
    }
    return null
  }

  return {
    seal,
    open: (sealed, context) => openWith(key, sealed, context) ?? openWithFallback(sealed, context),
    reseal(sealed, context) {
      const plain = openWith(key, sealed, context) ? null : openWithFallback(sealed, context)
      return plain && seal(plain, context)
    },
  }
}

function openWith(key: Buffer, sealed: string, context: string): Buffer | null {
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
}
