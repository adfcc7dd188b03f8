import type { AuthCore } from '../auth.ts'
import { namesAndHandler } from '../http/guard-arguments.ts'
import type { AuthRequest } from '../http/request.ts'
import { readTokenRequiredOptions, type TokenRequiredOptions } from '../options.ts'
import { isStaff, isSuperuser, type TokenUser, type User, type UserTest } from '../users/user.ts'

/** The response that rejects a request, or `null`. */
export type Refusal = Response | null

/** A guard's decision. */
export type Check = (
  core: AuthCore,
  request: AuthRequest,
  user: User,
  /** For a guard of API tokens. */
  setCaller: (caller: TokenUser) => void,
) => Refusal | Promise<Refusal>

const passes =
  (test?: UserTest): Check =>
  (core, request, user) =>
    core.guard(request, user, test)
const passesInPerson =
  (guard: string, test: UserTest): Check =>
  (core, request, user) =>
    core.guardInPerson(request, user, guard, test)
const hasToken = (options?: TokenRequiredOptions, checkNames?: CheckNames): Check => {
  const { scopes } = readTokenRequiredOptions(options)
  checkNames?.(scopes)
  return (core, request, user, setCaller) => {
    const found = core.guardToken(request, user, scopes)
    if (!('isAuthenticated' in found)) return found
    setCaller(found)
    return null
  }
}
const isFresh: Check = (core, request, user) => core.guardFresh(request, user)

type CheckNames = (names: readonly string[]) => void

/** Makes a guard of a check: around a handler, or in front of the following ones. */
export type MakeGuard<Handler, Guard> = (check: Check) => (handler?: Handler) => Guard

/**
 * The guards of every adapter, whose own types say what they do to a handler. `checkNames` throws for a permission that
 * is not defined: earlier than the first request.
 */
export function guardSet<Handler extends (...args: never[]) => unknown, Guard>(
  by: MakeGuard<Handler, Guard>,
  checkNames?: CheckNames,
) {
  return {
    userPassesTest: (test?: UserTest, handler?: Handler) => by(passes(test))(handler),
    loginRequired: by(passes()),
    staffRequired: by(passesInPerson('staffRequired()', isStaff)),
    superuserRequired: by(passesInPerson('superuserRequired()', isSuperuser)),
    permissionRequired(...given: readonly (string | Handler)[]) {
      const { names, handler } = namesAndHandler('permissionRequired()', given)
      checkNames?.(names)
      return by((core, request, user) => core.guardPermissions(request, user, names))(handler)
    },
    groupRequired(...given: readonly (string | Handler)[]) {
      const { names, handler } = namesAndHandler('groupRequired()', given)
      return by((core, request, user) => core.guardGroups(request, user, names))(handler)
    },
    requireFresh: by(isFresh),
    tokenRequired: (options?: TokenRequiredOptions, handler?: Handler) =>
      by(hasToken(options, checkNames))(handler),
  }
}

/**
 * The guards of an adapter. Their types say what each does to a handler: those of tests, of all signed-in users, of
 * permissions, of groups, and of API tokens.
 */
export interface GuardsOf<TestGuard, Guard, PermissionGuard, GroupGuard, TokenGuard> {
  /** Lets signed-in users pass if the test returns true; others get the login page, 401 or 403. */
  readonly userPassesTest: TestGuard
  /** Lets signed-in users pass. */
  readonly loginRequired: Guard
  /** Lets staff pass, but no API tokens. */
  readonly staffRequired: Guard
  /** Lets superusers pass, but no API tokens. */
  readonly superuserRequired: Guard
  /**
   * Lets users pass who have all these permissions, and superusers: `permissionRequired('notes.publish')`. Throws
   * LatchkeyError `unknown_permission` for a name that is not among `definePermissions()`.
   */
  readonly permissionRequired: PermissionGuard
  /** Lets members of at least one of these groups pass, and superusers, but no API tokens. */
  readonly groupRequired: GroupGuard
  /**
   * Lets signed-in users pass whose session is alive at this moment, by asking the auth service each time. 503 if it is
   * unavailable. For the few routes where the seconds until a revocation arrives are too long.
   */
  readonly requireFresh: Guard
  /**
   * Lets API tokens pass that have all these scopes, also those of other apps; the caller is their user. Others get 401
   * or 403 (RFC 6750), and never a redirect.
   * @throws LatchkeyError `invalid_options`, or `unknown_permission` for a scope that is not among `definePermissions()`
   */
  readonly tokenRequired: TokenGuard
}
