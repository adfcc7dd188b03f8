import type * as OnNode from './hashing-node.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

export const sha256: typeof OnNode.sha256 = async (text) =>
  btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text)))))

export const hkdf: typeof OnNode.hkdf = async (secret, salt, info, length) => {
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), 'HKDF', false, ['deriveBits'])
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: bytesOf(salt), info: bytesOf(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 8 * length))
}
