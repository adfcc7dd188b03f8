import { CompactEncrypt, compactDecrypt } from 'jose'
import { fromBase64Url, toBase64Url } from '#node-or-web/contract/bytes'
import { hkdf } from '#node-or-web/contract/hashing'

/** Encrypts what only this app may read and write, for browsers to keep. */
export interface Seal {
  seal(content: object): Promise<string>
  /** The content, an object or a list; `null` for anything that this app did not seal for this purpose. */
  open(text: string): Promise<Readonly<Record<string, unknown>> | null>
}

export interface SealOptions {
  readonly clientSecret: string
  /** Of the app at its auth service. */
  readonly context: string
  /** What is sealed: the same text means nothing where another purpose is expected. */
  readonly purpose: 'session' | 'sign-in' | 'sign-out'
}

const ENC = 'A256GCM'
const KEY_BYTES = 32
/** Longest text that is looked at, in bytes: longer than any cookie or parameter of ours. */
const LONGEST = 8_192

/** Whether there is no other way to write the same bytes (RFC 4648, section 3.5). */
const isCanonical = (segment: string): boolean => toBase64Url(fromBase64Url(segment)) === segment

/** Authenticated encryption: a JWE (RFC 7516) whose key comes from the client secret by HKDF (RFC 5869). */
export function createSeal({ clientSecret, context, purpose }: SealOptions): Seal {
  let derived: Promise<Uint8Array> | undefined
  // At the first use: workers allow no cryptography while they start.
  function key(): Promise<Uint8Array> {
    derived ??= (async () => hkdf(clientSecret, context, `latchkey oidc ${purpose}`, KEY_BYTES))()
    return derived
  }

  return {
    async seal(content) {
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'dir', enc: ENC })
        .encrypt(await key())
    },
    async open(text) {
      if (text.length > LONGEST || !text.split('.').every(isCanonical)) return null
      const secret = await key()
      try {
        const { plaintext } = await compactDecrypt(text, secret, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: [ENC],
        })
        return JSON.parse(new TextDecoder().decode(plaintext))
      } catch {
        return null
      }
    },
  }
}
