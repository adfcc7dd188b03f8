import { readFormat } from '../contract/jws-format.ts'
import type * as InProcess from './rejection-log-process.ts'

const SETTINGS: Readonly<Record<string, string>> = {
  bad_signature: 'AUTH_INTERNAL_URL',
  wrong_algorithm: 'AUTH_INTERNAL_URL',
  unknown_key: 'AUTH_INTERNAL_URL',
  wrong_issuer: 'LOGIN_URL',
  wrong_audience: 'OWN_URL',
  not_yet_valid: 'the clock',
}

/** In fewer words than elsewhere. */
export const logRejectedToken: typeof InProcess.logRejectedToken = (warn, cause, token, { issuer, host }) => {
  if (cause === 'expired' || cause === 'keys_unavailable') return
  const format = readFormat(token)
  const isGenuine = cause === 'wrong_issuer' || cause === 'wrong_audience'
  const { iss, aud } = isGenuine && format.ok ? format.value.payload : {}
  warn(
    { event: 'token_refused', cause, issuer, host, iss, aud, setting: SETTINGS[cause] ?? 'COOKIE_PREFIX' },
    'refused an access token',
  )
}
