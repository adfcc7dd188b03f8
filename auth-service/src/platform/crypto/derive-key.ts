import { hkdfSync } from 'node:crypto'

/** SECRET_KEY, and earlier ones, which still decrypt and verify. */
export interface Secrets {
  readonly secretKey: string
  readonly secretKeyFallbacks: readonly string[]
}

/** One label per purpose. A label never changes: everything encrypted or signed under it would become unreadable. */
const LABELS = {
  csrf: 'csrf v2',
  redirectCounter: 'bounces v2',
  operatorProof: 'operator proof v1',
  siteProof: 'site proof v1',
  messageIds: 'message ids v1',
  requestLog: 'log v1',
  rateLimits: 'limits v1',
  dummyHash: 'stand-ins v1',
  knownDevices: 'known devices v1',
  formAnswerIds: 'form answers v1',
  formAnswers: 'v1 form answers',
  mails: 'v1 mails',
  magicLink: 'v1 sign-in by mail',
  carriedForm: 'v1 form to confirm',
  flash: 'v1 flash',
  signingKeys: 'v1 signing keys',
  oidcCookies: 'oidc cookies v1',
  oidcRefreshTokens: 'oidc refresh tokens v1',
  oidcSessionIds: 'oidc session ids v1',
  samlKeys: 'saml keys v1',
  samlSessionIds: 'saml session ids v1',
}

export type KeyPurpose = keyof typeof LABELS

/** Derives a key of 32 bytes for one purpose from SECRET_KEY: HKDF-SHA-256 (RFC 5869). */
export const deriveKey = (secretKey: string, purpose: KeyPurpose): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey ${LABELS[purpose]}`, 32))
