import { canShare } from '#process-or-worker/contract/flights'
import { GRANT_IGNORED, GRANTS_FAILED } from '#process-or-worker/contract/log-messages'
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

interface Asked {
  readonly names: Promise<readonly string[]>
  /** Whether other requests may wait for it. */
  isShared: boolean
}

export interface GrantsOptions {
  readonly grantsOf: GrantsOf
  readonly access: Access
  /** How many users are kept; the one who came first leaves first. */
  readonly most: number
  readonly warn: WarnLimited
}

export function createGrants({ grantsOf, access, most, warn }: GrantsOptions): Grants {
  /** By uuid. What is asked at this moment is shared as well, where requests can wait for each other. */
  const known = new Map<string, Asked>()

  function ask(user: AuthenticatedUser): Asked {
    const asked: Asked = { isShared: canShare, names: (async () => [...(await grantsOf(user))])() }
    if (known.size >= most) known.delete(known.keys().next().value as string)
    known.set(user.uuid, asked)
    return asked
  }

  return {
    async load(user) {
      const earlier = known.get(user.uuid)
      const grants = earlier?.isShared ? earlier : ask(user)
      try {
        const names = await grants.names
        grants.isShared = true
        const strange = access.grant(user, names)
        if (strange.length > 0) {
          warn(
            { event: 'grant_ignored', permissions: strange.join(' ').slice(0, 200), setting: 'grants' },
            GRANT_IGNORED,
          )
        }
        return true
      } catch (error) {
        if (known.get(user.uuid) === grants) known.delete(user.uuid)
        warn(
          { event: 'grants_failed', error: innermostError(error).message, setting: 'grants' },
          GRANTS_FAILED,
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
