import { ACCESS_TOKEN_TYPE, MAX_COOKIE_LENGTH } from '@latchkey/jwt-middleware/contract'
import { type Config, configuredCookieNames } from '../platform/config/config.ts'
import { TOKEN_LENGTH } from '../platform/crypto/random-id.ts'
import { MAX_EMAIL, MAX_NAME } from '../platform/validation/validators.ts'
import { KID_LENGTH } from './keys/key-encryption.ts'
import { accessClaims } from './session-tokens.ts'

/** Length of the longest signature, that of RS256: SIGNING_ALG may change, and users stay in their groups. */
const LONGEST_SIGNATURE = 342

/** Of ten digits, as every second until the year 2286. */
const AT = 9_999_999_999

/** The longest user, in a group whose name has no length. */
const LONGEST_USER = {
  id: 0,
  uuid: '00000000-0000-4000-8000-000000000000',
  email: 'x'.repeat(MAX_EMAIL),
  firstName: '\u{10000}'.repeat(MAX_NAME),
  lastName: '\u{10000}'.repeat(MAX_NAME),
  password: '',
  isActive: true,
  isStaff: false,
  isSuperuser: false,
  createdAt: 0,
  changedAt: AT,
  version: AT,
  lastLoginAt: null,
  emailVerifiedAt: null,
  deletionDueAt: null,
  unconfirmedSince: null,
  language: null,
  timeZone: null,
  groups: [''],
}

/**
 * How many bytes the names of one user's groups may take in an access token, so that it fits into a cookie even with
 * the longest email and names: a user who fits now is not affected by later changes.
 */
export function groupBudget(config: Config): number {
  const id = 'x'.repeat(TOKEN_LENGTH)
  const header = { alg: config.signingAlg, kid: 'x'.repeat(KID_LENGTH), typ: ACCESS_TOKEN_TYPE }
  const session = { id, expiresAt: AT }
  const claims = accessClaims(config, LONGEST_USER, session, { jti: id, iat: AT - config.accessTtl })
  const { access } = configuredCookieNames(config)
  const around = `${access}${Buffer.from(JSON.stringify(header)).toString('base64url')}..`
  const forPayload = MAX_COOKIE_LENGTH - around.length - LONGEST_SIGNATURE
  return Math.max(0, Math.floor((forPayload * 3) / 4) - Buffer.byteLength(JSON.stringify(claims)))
}
