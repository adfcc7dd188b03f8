// What is shared, on every runtime.
export { asciiDomain, isInternational } from './contract/ascii-domain.ts'
export {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  type CommonClaims,
  REFRESH_TOKEN_TYPE,
  type RefreshClaims,
  readAccessClaims,
  readRefreshClaims,
} from './contract/claims.ts'
export type { AnswerHead, ConnectionFailure } from './contract/connection-failure.ts'
export { CONTRACT, CONTRACT_HEADER, readContract } from './contract/contract-version.ts'
export {
  type CookieAttributes,
  type CookieNames,
  type CookieNaming,
  cookieNames,
  isCookiePrefix,
  isWithinDomain,
  MAX_COOKIE_LENGTH,
  MAX_SAME_NAME,
  type RefreshCookieScope,
  readCookies,
  serializeCookie,
} from './contract/cookies.ts'
export {
  type ErrorCode,
  LatchkeyError,
  refuseInvalidOptions,
  refuseUnknownOptions,
} from './contract/errors.ts'
export { type PublicJwk, readPublicJwk, type SigningAlgorithm } from './contract/jwk.ts'
export { createLimitedLog, type LimitedFields, type WarnLimited } from './contract/limited-log.ts'
export { isLocalName, lookupFor } from './contract/local-name.ts'
export type { Logger } from './contract/log.ts'
export { loggableHost } from './contract/loggable-host.ts'
export { nodeVersionProblem, refuseOldNode } from './contract/node-version.ts'
export {
  isOpaqueToken,
  looksOpaque,
  OPAQUE_BYTES,
  type OpaqueKind,
  opaqueToken,
} from './contract/opaque-token.ts'
export { PERMISSION_LIMITS, permissionsBody } from './contract/permission-limits.ts'
export { type Problem, problemResponse } from './contract/problem.ts'
export { type RejectionNote, writeRejectionNote } from './contract/rejection-note.ts'
export { failure, type Result, success } from './contract/result.ts'
export * from './contract/revocation.ts'
export { type HeaderReader, isSafeMethod, isSameOrigin } from './contract/same-origin.ts'
export {
  loginUrl,
  MAX_LOCATION_LENGTH,
  type NextPolicy,
  ownAddress,
  readOrigin,
  SHORTENED,
  safeNext,
} from './contract/urls.ts'
export type { KeyLookup, KeySource, KeysStatus } from './verify/key-source.ts'
export type { VerificationKey } from './verify/verification-key.ts'
export {
  createTokenVerifier,
  type TokenReason,
  type TokenVerifier,
  type VerifierOptions,
} from './verify/verifier.ts'
