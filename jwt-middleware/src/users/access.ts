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
    throw new LatchkeyError('unknown_permission', unknown(name, [...groups.keys()]))
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

function unknown(name: string, names: readonly string[]): string {
  if (names.length === 0) {
    return `There is no permission "${name}": none is defined. Call definePermissions(), and pass the result to auth({ permissions }).`
  }
  const [nearest = ''] = names.toSorted((a, b) => distance(name, a) - distance(name, b))
  const isNear = distance(name, nearest) <= Math.max(2, nearest.length / 3)
  return `There is no permission "${name}". ${
    isNear ? `Did you mean "${nearest}"?` : 'Add it to definePermissions().'
  }`
}

/** How many characters must be added, dropped or replaced (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}
