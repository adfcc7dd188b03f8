import type { Auth } from '../auth.ts'
import { namesAndHandler } from '../http/guard-arguments.ts'
import type { AuthRequest } from '../http/request.ts'
import { readTokenRequiredOptions, type TokenRequiredOptions } from '../options.ts'
import { isStaff, isSuperuser, type TokenUser, type User, type UserTest } from '../users/user.ts'

/** The response that rejects a request, or `null`. */
export type Refusal = Response | null

/** A guard's decision. */
export type Check = (
  core: Auth,
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
