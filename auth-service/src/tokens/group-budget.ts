import { randomUUID } from 'node:crypto'
import { MAX_COOKIE_LENGTH } from '@latchkey/jwt-middleware/contract'
import { type Config, configuredCookieNames } from '../platform/config/config.ts'
import { randomToken } from '../platform/crypto/random-id.ts'
import { MAX_EMAIL, MAX_NAME } from '../platform/validation/validators.ts'
import type { Tokens } from './session-tokens.ts'

/** Length of the longest signature, that of RS256: SIGNING_ALG may change, and users stay in their groups. */
const LONGEST_SIGNATURE = 342

/**
 * How many bytes the names of one user's groups may take in an access token, so that it fits into a cookie even with
 * the longest email and names: a user who fits now is not affected by later changes.
 */
export function roomForGroups(config: Config, tokens: Pick<Tokens, 'access'>): number {
  const at = 9_999_999_999
  const longestName = '\u{10000}'.repeat(MAX_NAME)
  const person = {
    id: 0,
    uuid: randomUUID(),
    email: 'x'.repeat(MAX_EMAIL),
    firstName: longestName,
    lastName: longestName,
    password: '',
    isActive: true,
    isStaff: false,
    isSuperuser: false,
    createdAt: 0,
    changedAt: at,
    version: at,
    lastLoginAt: null,
    emailVerifiedAt: null,
    deletionDueAt: null,
    unconfirmedSince: null,
    language: null,
    timeZone: null,
    groups: [''],
  }
  const session = { id: randomToken(), currentJti: '', rotatedAt: at, idleExpiresAt: at, expiresAt: at }
  const [header = '', payload = ''] = tokens.access(person, session).token.split('.')
  const { access } = configuredCookieNames(config)
  const forPayload = MAX_COOKIE_LENGTH - `${access}${header}..`.length - LONGEST_SIGNATURE
  const most = Math.floor((forPayload * 3) / 4)
  return Math.max(0, most - Buffer.from(payload, 'base64url').length)
}
