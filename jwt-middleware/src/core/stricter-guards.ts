import { IN_NO_GROUP, WITHOUT_PERMISSION } from '#process-or-worker/contract/log-messages'
import type { ApiTokenSide } from '../api-tokens/api-token-part.ts'
import type { Logger } from '../contract/log.ts'
import type { Challenge } from '../http/challenge.ts'
import type { AuthRequest } from '../http/request.ts'
import type { Introspection } from '../session/introspection.ts'
import type { Access } from '../users/access.ts'
import { type AnonymousUser, type AuthenticatedUser, anonymous, type User } from '../users/user.ts'
import type { AuthCore } from './auth-core.ts'

type StricterGuards = Pick<
  AuthCore,
  'checkPermissions' | 'guardFresh' | 'guardGroups' | 'guardInPerson' | 'guardPermissions' | 'guardToken'
>

export interface StricterGuardsOptions {
  readonly access: Access
  readonly apiTokens: ApiTokenSide
  readonly challenge: Challenge
  readonly introspect: Pick<Introspection, 'access'>
  /** Whether the auth service has just confirmed the session of this user. */
  readonly isConfirmed: (user: AuthenticatedUser) => boolean
  /** The access token that identified this user. */
  readonly tokenOf: (user: AuthenticatedUser) => string
  /** The note for the login page about rejected tokens. */
  readonly noteOf: (reason: string, tokens: readonly string[]) => Promise<string>
  readonly guard: AuthCore['guard']
  readonly askToSignIn: (request: AuthRequest, user: AnonymousUser) => Response
  readonly log: Logger
}

/** The guards that ask for more than a signed-in user: permissions, groups, scopes, or a session that lives right now. */
export function createStricterGuards(options: StricterGuardsOptions): StricterGuards {
  const { access, apiTokens, challenge, introspect, isConfirmed, tokenOf, noteOf, guard, askToSignIn, log } =
    options
  const { withoutToken, withoutScopes, beyondScopes } = apiTokens

  function checkPermissions(names: readonly string[]): void {
    for (const name of names) access.groupsOf(name)
  }

  function guardPermissions(request: AuthRequest, user: User, names: readonly string[]): Response | null {
    checkPermissions(names)
    if (!user.isAuthenticated) return askToSignIn(request, user)
    const missing = names.filter((name) => !access.can(user, name))
    if (missing.length === 0) return null
    const { token } = user
    const lacking = token === null ? [] : missing.filter((name) => !token.scopes.includes(name))
    if (lacking.length > 0) return withoutScopes(lacking)
    const groups = missing.map((name) => [...access.groupsOf(name)].join(' or ') || 'superusers')
    log.debug(
      {
        event: 'user_refused',
        cause: 'no_permission',
        permissions: missing.join(', '),
        groups: groups.join(', '),
        setting: 'permissions',
      },
      WITHOUT_PERMISSION,
    )
    return challenge.forbidden(request, undefined, {
      code: 'insufficient_permission',
      permissions: missing,
    })
  }

  return {
    checkPermissions,
    guardPermissions,

    guardInPerson(request, user, name, test) {
      return user.token === null ? guard(request, user, test) : beyondScopes(name)
    },

    guardGroups(request, user, groups) {
      if (!user.isAuthenticated) return askToSignIn(request, user)
      if (user.token !== null) return beyondScopes('groupRequired()')
      if (user.isSuperuser || groups.some((group) => user.groups.includes(group))) return null
      log.debug(
        { event: 'user_refused', cause: 'no_group', groups: groups.join(' or '), setting: 'groupRequired' },
        IN_NO_GROUP,
      )
      return challenge.forbidden(request, undefined, { code: 'insufficient_permission', groups })
    },

    async guardFresh(request, user) {
      if (!user.isAuthenticated) return askToSignIn(request, user)
      if (isConfirmed(user)) return null
      if (user.token !== null) return apiTokens.confirm(request)
      const token = tokenOf(user)
      const activity = await introspect.access(token)
      if (activity === 'active') return null
      if (activity === 'unavailable') return challenge.anonymous(request, anonymous('unavailable'))
      return challenge.anonymous(request, anonymous('session_over'), await noteOf('session_over', [token]))
    },

    guardToken(request, user, scopes) {
      checkPermissions(scopes)
      const holder = apiTokens.holderOf(user)
      if (holder === undefined) {
        const isHelpless = ['unavailable', 'not_registered', 'inactive']
        return !user.isAuthenticated && isHelpless.includes(user.reason)
          ? challenge.anonymous(request, user)
          : withoutToken(request, scopes)
      }
      const lacking = scopes.filter((name) => !holder.token.scopes.includes(name))
      if (lacking.length > 0) return withoutScopes(lacking)
      if (!user.isAuthenticated) return holder
      // A scope is what the token may do; whether its user still may is the app's to say.
      return guardPermissions(request, user, scopes) ?? holder
    },
  }
}
