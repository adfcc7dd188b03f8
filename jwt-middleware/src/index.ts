import './contract/check-node.ts'

export { type Auth, type Authentication, type AuthStatus, createAuth } from './auth.ts'
export type { FeedState, FeedStatus } from './feed/feed.ts'
export type { AuthRequest, RawHeaders } from './http/request.ts'
export type { AuthOptions } from './options.ts'
export * from './portable-contract.ts'
export type {
  AbortableStream,
  ClosableSocket,
  DestroyableResponse,
  LongConnection,
} from './session/end-connection.ts'
export type { Metrics } from './session/metrics.ts'
export type { EndListener, Unsubscribe } from './session/session-ends.ts'
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
