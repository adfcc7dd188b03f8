import type { OidcClient } from '../apps/oidc-client-input.ts'
import type { User } from '../users/users.ts'

/** Whether the user may sign in to the app: everyone, or the members of its groups, and superusers. */
export const mayUse = (
  { groups }: Pick<OidcClient, 'groups'>,
  user: Pick<User, 'groups' | 'isSuperuser'>,
): boolean => groups === null || user.isSuperuser || groups.some((name) => user.groups.includes(name))
