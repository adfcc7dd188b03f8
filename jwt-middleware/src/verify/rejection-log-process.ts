import { readFormat } from '../contract/jws-format.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Expected } from './expected.ts'
import type { TokenReason } from './verifier.ts'

/** Reasons that need attention; the others (an expired token, or keys that were never fetched) don't. */
type Noteworthy = Exclude<TokenReason, 'expired' | 'keys_unavailable'>

interface Note {
  readonly message: string
  /** The settings to check. */
  readonly setting: string
}

const UNREADABLE: Note = {
  message:
    'refused an access token that cannot be read: a proxy changes cookies, another program sets a cookie of this name, or ' +
    'the middleware and the auth service have different versions',
  setting: 'COOKIE_PREFIX',
}
const NOT_OURS: Note = {
  message:
    'refused an access token with a bad signature: it was altered or forged, or AUTH_INTERNAL_URL leads to another auth service',
  setting: 'AUTH_INTERNAL_URL',
}

const NOTES: Readonly<Record<Noteworthy, Note>> = {
  malformed: UNREADABLE,
  too_large: UNREADABLE,
  unsupported_header: UNREADABLE,
  wrong_type: UNREADABLE,
  bad_claims: UNREADABLE,
  bad_signature: NOT_OURS,
  wrong_algorithm: NOT_OURS,
  unknown_key: {
    message:
      'refused an access token that was signed by an unknown key: it is forged, or the keys come from another auth service',
    setting: 'AUTH_INTERNAL_URL',
  },
  not_sealed: {
    message:
      'refused the cookie of a session that this app did not seal: it was altered, or the client secret is a new one',
    setting: 'AUTH_CLIENT_SECRET',
  },
  wrong_issuer: {
    message: 'refused a valid access token: it was issued by an address that this app does not expect',
    setting: 'LOGIN_URL',
  },
  wrong_audience: {
    message: 'refused a valid access token: it is for a domain that this app is not in',
    setting: 'OWN_URL here, COOKIE_DOMAIN at the auth service',
  },
  not_yet_valid: {
    message: 'refused a valid access token: it was issued in the future, so the local clock is behind',
    setting: 'the clock (NTP)',
  },
}

/** Logs why a token was rejected, with values to compare; logs nothing for everyday reasons. */
export function logRejectedToken(
  warn: WarnLimited,
  reason: TokenReason,
  token: string,
  expected: Expected,
): void {
  if (!isNoteworthy(reason)) return
  const { message, setting } = NOTES[reason]
  warn({ event: 'token_refused', cause: reason, ...factsOf(reason, token, expected), setting }, message)
}

const isNoteworthy = (reason: TokenReason): reason is Noteworthy => Object.hasOwn(NOTES, reason)

/** Logs the token's claims only if its signature is valid. */
function factsOf(reason: Noteworthy, token: string, { cookie, issuer, host, keysFrom, now }: Expected) {
  if (reason === 'unknown_key' || reason === 'bad_signature' || reason === 'wrong_algorithm')
    return { keysFrom }
  const format = readFormat(token)
  const { iss, aud, iat } = format.ok ? format.value.payload : {}
  if (reason === 'wrong_issuer') return { expected: issuer, found: iss }
  if (reason === 'wrong_audience') return { host, found: aud }
  return reason === 'not_yet_valid' ? { behind: Math.round(Number(iat) - now() / 1000) } : { cookie }
}
