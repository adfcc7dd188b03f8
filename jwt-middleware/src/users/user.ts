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
  | 'service'

/** The API token that a program sent. */
export interface ApiToken {
  /** The id in the auth service's list; it is not secret. */
  readonly id: string
  readonly name: string
  /** Names of permissions. */
  readonly scopes: readonly string[]
}

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
  /** A person; an app's own token has a {@link ServiceUser}. */
  readonly isService: false
  /** The session of this request (claim `sid`); `null` with an API token. */
  readonly sessionId: string | null
  /** The API token of this request; `null` in a session. */
  readonly token: ApiToken | null
  /**
   * Aborts within a second of the end of the session, and not at a renewal: pass it to what outlives the request. Its
   * reason is a LatchkeyError with the code `session_ended`, `session_unconfirmed`, `user_blocked` or `user_deleted`.
   */
  readonly signal: AbortSignal
  /**
   * Whether the user has this permission: see `definePermissions()`. Superusers have all; with an API token, only those
   * among its scopes. Asks no one. Throws LatchkeyError `unknown_permission`.
   */
  can(name: PermissionName): boolean
}

/** An anonymous user. Also an object, so that pages can read every property of a user before narrowing. */
export interface AnonymousUser {
  readonly isAuthenticated: false
  readonly emailVerified: false
  readonly isStaff: false
  readonly isSuperuser: false
  readonly isService: false
  readonly token: null
  /** There is no session that could end. */
  readonly signal: null
  /** An anonymous user has no permission. */
  can(name: PermissionName): false
  readonly reason: AnonymousReason
}

/**
 * Another registered app that sent a token of its own. It is no person and has no local row: behind `tokenRequired` it is
 * the `caller`, and everywhere else its requests have an anonymous user with the reason `service`.
 */
export interface ServiceUser {
  readonly isAuthenticated: true
  readonly isService: true
  /** The app's name. */
  readonly app: string
  readonly isStaff: false
  readonly isSuperuser: false
  readonly groups: readonly string[]
  readonly sessionId: null
  readonly token: ApiToken
  /** Aborts within a second of the end of the token. Its reason is a LatchkeyError. */
  readonly signal: AbortSignal
  /** Whether the token has this scope. Throws LatchkeyError `unknown_permission`. */
  can(name: PermissionName): boolean
}

/** The user of a request with an API token: a person's, or another app's. `isService` distinguishes them. */
export type TokenUser =
  | (AuthenticatedUser & { readonly token: ApiToken; readonly sessionId: null })
  | ServiceUser

/** The user of a request; `isAuthenticated` distinguishes the two kinds. */
export type User = AuthenticatedUser | AnonymousUser

/** Decides whether a signed-in user may pass. */
export type UserTest = (user: AuthenticatedUser) => boolean

/** Passes staff. */
export const isStaff: UserTest = (user) => user.isStaff
/** Passes superusers. */
export const isSuperuser: UserTest = (user) => user.isSuperuser

/** As with signed-in users, these do not reach JSON. */
const NOTHING = { signal: null, token: null, isService: false, can: () => false }

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
