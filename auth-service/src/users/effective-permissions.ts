import type { AppPermission } from '../apps/app-permissions.ts'
import type { User } from './users.ts'

/** A permission that a user has, and why. */
export interface EffectivePermission extends Pick<AppPermission, 'appId' | 'name' | 'description'> {
  /** The groups that give it; empty for superusers, who have all. */
  readonly through: readonly string[]
}

/** What a user may do in the apps, as far as groups and flags decide it: an app can grant more in its own code. */
export function effectivePermissions(
  user: Pick<User, 'isActive' | 'isSuperuser' | 'groups'>,
  defined: readonly AppPermission[],
): readonly EffectivePermission[] {
  if (!user.isActive) return []
  return defined.flatMap(({ appId, name, description, groups }) => {
    const through = groups.filter((group) => user.groups.includes(group))
    return user.isSuperuser || through.length > 0 ? [{ appId, name, description, through }] : []
  })
}
