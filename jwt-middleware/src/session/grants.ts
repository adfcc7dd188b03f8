import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Access } from '../users/access.ts'
import type { AuthenticatedUser } from '../users/user.ts'

/** The app's own grants: names of permissions that this user has beside those of their groups. */
export type GrantsOf = (user: AuthenticatedUser) => Iterable<string> | Promise<Iterable<string>>

/** Asks for the app's own grants, once for each user. */
export interface Grants {
  /** Gives this user what they have been granted; `false` if that can't be known now. */
  load(user: AuthenticatedUser): Promise<boolean>
  /** Asks again about this user, or about all. */
  forget(uuid?: string): void
}

export interface GrantsOptions {
  readonly grantsOf: GrantsOf
  readonly access: Access
  /** How many users are kept; the one who came first leaves first. */
  readonly most: number
  readonly warn: WarnLimited
}

export function createGrants({ grantsOf, access, most, warn }: GrantsOptions): Grants {
  /** By uuid. What is asked at this moment is shared as well. */
  const known = new Map<string, Promise<readonly string[]>>()

  function ask(user: AuthenticatedUser): Promise<readonly string[]> {
    const asked = (async () => [...(await grantsOf(user))])()
    if (known.size >= most) known.delete(known.keys().next().value as string)
    known.set(user.uuid, asked)
    return asked
  }

  return {
    async load(user) {
      const grants = known.get(user.uuid) ?? ask(user)
      try {
        const strange = access.grant(user, await grants)
        if (strange.length > 0) {
          warn(
            { event: 'grant_ignored', permissions: strange.join(' ').slice(0, 200), setting: 'grants' },
            'ignored a grant of a permission that is not defined: add it to definePermissions(), or drop the grant',
          )
        }
        return true
      } catch (error) {
        if (known.get(user.uuid) === grants) known.delete(user.uuid)
        warn(
          { event: 'grants_failed', error: innermostError(error).message, setting: 'grants' },
          'could not ask the app what a user has been granted: guarded pages answer 503',
        )
        return false
      }
    },
    forget(uuid) {
      if (uuid === undefined) known.clear()
      else known.delete(uuid)
    },
  }
}
