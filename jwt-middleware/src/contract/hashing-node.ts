import { hash, hkdfSync } from 'node:crypto'

/** SHA-256 as base64. */
export const sha256: (text: string) => string | Promise<string> = (text) => hash('sha256', text, 'base64')

/** HKDF with SHA-256 (RFC 5869). */
export const hkdf: (
  secret: string,
  salt: string,
  info: string,
  length: number,
) => Uint8Array | Promise<Uint8Array> = (...given) => new Uint8Array(hkdfSync('sha256', ...given))
