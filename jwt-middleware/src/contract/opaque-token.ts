/**
 * Opaque tokens and secrets: a prefix that secret scanners know, 43 characters of base62 with 256 random bits, and
 * their CRC-32 in six more. Typing errors and invented ones are noticed without a look-up.
 */
export type OpaqueKind = 'api_token' | 'app_secret' | 'device_code'

/** A prefix never changes: stored and scanned tokens begin with it. */
const PREFIXES: Readonly<Record<OpaqueKind, string>> = {
  api_token: 'lk_',
  app_secret: 'lks_',
  device_code: 'lkd_',
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM = 43
const CHECKSUM = 6
/** Bytes of randomness of a token. */
export const OPAQUE_BYTES = 32

/** The token of this kind with these random bytes. */
export function opaqueToken(kind: OpaqueKind, bytes: Uint8Array): string {
  let number = 0n
  for (const byte of bytes) number = (number << 8n) | BigInt(byte)
  const text = PREFIXES[kind] + base62(number, RANDOM)
  return text + checksumOf(text)
}

/** Whether the text has the form of such a token, including its checksum. */
export function isOpaqueToken(kind: OpaqueKind, text: string): boolean {
  const prefix = PREFIXES[kind]
  if (text.length !== prefix.length + RANDOM + CHECKSUM || !text.startsWith(prefix)) return false
  if (!/^[0-9A-Za-z]+$/.test(text.slice(prefix.length))) return false
  return text.endsWith(checksumOf(text.slice(0, -CHECKSUM)))
}

/** Whether the text claims to be a token of this kind, although it may be none. */
export const looksOpaque = (kind: OpaqueKind, text: string): boolean => text.startsWith(PREFIXES[kind])

function base62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text
  return text
}

const checksumOf = (text: string): string => base62(BigInt(crc32(text)), CHECKSUM)

/** CRC-32 of ASCII text, as in zip and PNG (ISO 3309); node:zlib is not everywhere. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
