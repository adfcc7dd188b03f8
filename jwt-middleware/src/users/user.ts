/** Why a request is anonymous although it brought a token, or why its person is not let in. */
export type AnonymousReason =
  | 'missing'
  | 'rejected'
  | 'conflicting'
  | 'session_over'
  | 'unavailable'
  | 'not_registered'
  | 'inactive'

/** Somebody who is signed in, as this app knows them. Frozen: one object serves many requests. */
export interface AuthenticatedUser {
  readonly isAuthenticated: true
  /** Key of the local row; what the app's own tables refer to. */
  readonly id: number
  readonly uuid: string
  readonly email: string
  /** Whether they showed that the e-mail is theirs. Until then, anybody may have typed it. */
  readonly emailVerified: boolean
  readonly firstName: string
  readonly lastName: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  /** Names of the groups the person belongs to. */
  readonly groups: readonly string[]
  /** The sign-in this request belongs to (claim `sid`). */
  readonly sessionId: string
}

/** Nobody we know. An object too, so that pages can ask it anything a user can be asked before narrowing. */
export interface AnonymousUser {
  readonly isAuthenticated: false
  readonly emailVerified: false
  readonly isStaff: false
  readonly isSuperuser: false
  readonly reason: AnonymousReason
}

/** Whoever sent a request; `isAuthenticated` tells which. */
export type User = AuthenticatedUser | AnonymousUser

/** Decides whether a signed-in person may pass. */
export type UserTest = (user: AuthenticatedUser) => boolean

/** Passes staff. */
export const isStaff: UserTest = (user) => user.isStaff
/** Passes superusers. */
export const isSuperuser: UserTest = (user) => user.isSuperuser

/** An anonymous user, and why. */
export const anonymous = (reason: AnonymousReason): AnonymousUser =>
  Object.freeze({
    isAuthenticated: false,
    emailVerified: false,
    isStaff: false,
    isSuperuser: false,
    reason,
  })
