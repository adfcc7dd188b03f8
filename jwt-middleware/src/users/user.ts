import type { PermissionName } from './permissions.ts'

/** Why a request is anonymous although it brought a token, or why its user is rejected. */
export type AnonymousReason =
  | 'missing'
  | 'rejected'
  | 'conflicting'
  | 'session_over'
  | 'unavailable'
  | 'not_registered'
  | 'inactive'

/** A signed-in user, as this app knows them. Frozen: one object serves many requests. */
export interface AuthenticatedUser {
  readonly isAuthenticated: true
  /** Key of the local row, for references from the app's own tables. */
  readonly id: number
  readonly uuid: string
  readonly email: string
  /** Whether the user confirmed the email. Until then, anyone may have typed it. */
  readonly emailVerified: boolean
  readonly firstName: string
  readonly lastName: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  /** Names of the user's groups. */
  readonly groups: readonly string[]
  /** The session of this request (claim `sid`). */
  readonly sessionId: string
  /**
   * Aborts within a second of the end of the session, and not at a renewal: pass it to what outlives the request. Its
   * reason is a LatchkeyError with the code `session_ended`, `session_unconfirmed`, `user_blocked` or `user_deleted`.
   */
  readonly signal: AbortSignal
  /**
   * Whether the user has this permission: see `definePermissions()`. Superusers have all. Asks no one. Throws LatchkeyError
   * `unknown_permission`.
   */
  can(name: PermissionName): boolean
}

/** An anonymous user. Also an object, so that pages can read every property of a user before narrowing. */
export interface AnonymousUser {
  readonly isAuthenticated: false
  readonly emailVerified: false
  readonly isStaff: false
  readonly isSuperuser: false
  /** There is no session that could end. */
  readonly signal: null
  /** An anonymous user has no permission. */
  can(name: PermissionName): false
  readonly reason: AnonymousReason
}

/** The user of a request; `isAuthenticated` distinguishes the two kinds. */
export type User = AuthenticatedUser | AnonymousUser

/** Decides whether a signed-in user may pass. */
export type UserTest = (user: AuthenticatedUser) => boolean

/** Passes staff. */
export const isStaff: UserTest = (user) => user.isStaff
/** Passes superusers. */
export const isSuperuser: UserTest = (user) => user.isSuperuser

/** As with signed-in users, these do not reach JSON. */
const NOTHING = { signal: null, can: () => false }

/** An anonymous user with the reason. `methods` is the prototype. */
export const anonymous = (reason: AnonymousReason, methods: object = NOTHING): AnonymousUser =>
  Object.freeze({
    __proto__: methods,
    isAuthenticated: false,
    emailVerified: false,
    isStaff: false,
    isSuperuser: false,
    reason,
  }) as unknown as AnonymousUser
