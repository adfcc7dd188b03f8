export { type Auth, type Authentication, type AuthStatus, createAuth } from './auth.ts'
export {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  type CommonClaims,
  REFRESH_TOKEN_TYPE,
  type RefreshClaims,
  readAccessClaims,
  readRefreshClaims,
} from './claims.ts'
export {
  type AnswerHead,
  type ConnectionFailure,
  explainAnswer,
  explainError,
} from './connection-failure.ts'
export { CONTRACT, CONTRACT_HEADER, readContract } from './contract.ts'
export {
  type CookieAttributes,
  type CookieNames,
  type CookieNaming,
  cookieNames,
  isCookiePrefix,
  MAX_COOKIE_LENGTH,
  MAX_SAME_NAME,
  type RefreshCookieScope,
  readCookies,
  serializeCookie,
} from './cookies.ts'
export type { Counters } from './counters.ts'
export { type ErrorCode, LatchkeyError, refuseInvalidOptions, refuseUnknownOptions } from './errors.ts'
export { type PublicJwk, readPublicJwk, type SigningAlgorithm } from './jwk.ts'
export type { VerificationKey } from './jwks.ts'
export type { KeyLookup, KeySource, KeysStatus } from './keys.ts'
export { createLimitedLog, type LimitedFields, type WarnLimited } from './limited-log.ts'
export type { Logger } from './log.ts'
export { loggableHost } from './loggable-host.ts'
export type { AuthOptions } from './options.ts'
export { type HeaderReader, isSafeMethod, isSameOrigin } from './origin.ts'
export {
  type AnonymousReason,
  type AnonymousUser,
  type AuthenticatedUser,
  anonymous,
  isStaff,
  isSuperuser,
  type User,
  type UserTest,
} from './permissions.ts'
export { type Problem, problemResponse } from './problem.ts'
export {
  isWithinDomain,
  loginUrl,
  MAX_LOCATION_LENGTH,
  type NextPolicy,
  ownAddress,
  readOrigin,
  SHORTENED,
  safeNext,
} from './redirect.ts'
export { type RefusalNote, readRefusalNote, writeRefusalNote } from './refusal-note.ts'
export type { Renew, Renewal } from './renewal.ts'
export type { AuthRequest, RawHeaders } from './request.ts'
export { failure, type Result, success } from './result.ts'
export * from './revocation.ts'
export type { FeedState, FeedStatus } from './revocations.ts'
export type { StateStore } from './state.ts'
export {
  type Identity,
  type LocalUser,
  memoryUsers,
  type Provisioning,
  type UserStore,
  type UserSync,
} from './users.ts'
export {
  createTokenVerifier,
  type TokenReason,
  type TokenVerifier,
  type VerifierOptions,
} from './verify.ts'
