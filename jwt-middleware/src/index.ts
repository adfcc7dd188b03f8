import './contract/check-node.ts'

export type { Connection } from './adapters/fetch-exchange.ts'
export { type ApiTokenPart, apiTokens } from './api-tokens/api-token-part.ts'
export { type AuthCore, type AuthStatus, type CoreAuthentication, createAuthCore } from './auth.ts'
export type { FeedState, FeedStatus } from './feed/feed.ts'
export type { AuthRequest, RawHeaders } from './http/request.ts'
export type { AuthOptions, FeedSettings } from './options.ts'
export * from './portable-contract.ts'
export { type Auth, type Authentication, createAuth } from './request-auth.ts'
export type {
  AbortableStream,
  ClosableSocket,
  DestroyableResponse,
  LongConnection,
} from './session/end-connection.ts'
export type { Metrics } from './session/metrics.ts'
export type { EndListener, Unsubscribe } from './session/watched-sessions.ts'
export {
  definePermissions,
  type KnownPermissions,
  type NamesOf,
  type Permission,
  type PermissionDefinition,
  type PermissionName,
  type Permissions,
} from './users/permissions.ts'
export type { StateStore } from './users/state.ts'
export {
  type Identity,
  type LocalUser,
  memoryUsers,
  type Provisioning,
  type UserFacts,
  type UserStore,
  type UserSync,
} from './users/store.ts'
export {
  type AnonymousReason,
  type AnonymousUser,
  type ApiToken,
  type AuthenticatedUser,
  anonymous,
  isStaff,
  isSuperuser,
  type ServiceUser,
  type TokenUser,
  type User,
  type UserTest,
} from './users/user.ts'
