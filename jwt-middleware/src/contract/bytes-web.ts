import type * as OnNode from './bytes-node.ts'

export const fromBase64Url: typeof OnNode.fromBase64Url = (text) => {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}

export const toBase64Url: typeof OnNode.toBase64Url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

export const fromCanonicalBase64Url: typeof OnNode.fromCanonicalBase64Url = (text) => {
  const bytes = fromBase64Url(text)
  return bytes.length > 0 && toBase64Url(bytes) === text ? bytes : null
}

export const copyText: typeof OnNode.copyText = (text) =>
  new TextDecoder().decode(new TextEncoder().encode(text))
