import { unknownPermission } from '#process-or-worker/users/unknown-permission'
import { LatchkeyError } from '../contract/errors.ts'
import type { Permissions } from './permissions.ts'
import type { AuthenticatedUser, ServiceUser } from './user.ts'

/** Decides what users may do. */
export interface Access {
  /** Scopes narrow what the user of an API token may do. Throws LatchkeyError `unknown_permission`. */
  can(user: AuthenticatedUser | ServiceUser, name: string): boolean
  /** The groups that have a permission. Throws LatchkeyError `unknown_permission`. */
  groupsOf(name: string): ReadonlySet<string>
  /** Adds what the app's own grants give to this user. Returns the names that are not defined. */
  grant(user: AuthenticatedUser, names: Iterable<string>): readonly string[]
}

export function createAccess({ list }: Permissions): Access {
  const groups = new Map(list.map((permission) => [permission.name as string, new Set(permission.groups)]))
  const granted = new WeakMap<AuthenticatedUser, ReadonlySet<string>>()

  function groupsOf(name: string): ReadonlySet<string> {
    const known = groups.get(name)
    if (known) return known
    throw new LatchkeyError('unknown_permission', unknownPermission(name, [...groups.keys()]))
  }

  return {
    groupsOf,
    can(user, name) {
      const having = groupsOf(name)
      if (user.token?.scopes.includes(name) === false) return false
      return (
        user.isService ||
        user.isSuperuser ||
        user.groups.some((group) => having.has(group)) ||
        granted.get(user)?.has(name) === true
      )
    },
    grant(user, names) {
      const all = new Set(names)
      granted.set(user, all)
      return [...all].filter((name) => !groups.has(name))
    },
  }
}
