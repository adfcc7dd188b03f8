/** The bytes of base64url (RFC 4648, section 5). Invalid text gives bytes that encode to another text, or none. */
export const fromBase64Url = (text: string): Uint8Array => Buffer.from(text, 'base64url')

/** The bytes of canonical base64url: without padding and stray bits. `null` for any other text, and for none. */
export function fromCanonicalBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : null
}

/** As base64url, without padding. */
export const toBase64Url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')

/** The same text with a memory of its own: a slice would keep the whole request header in memory. ASCII only. */
export const copyText = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
