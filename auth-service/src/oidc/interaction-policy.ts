import type { interactionPolicy, KoaContextWithOIDC } from 'oidc-provider'
import type { User, Users } from '../users/users.ts'
import { mayUse } from './access-to-app.ts'
import type { ShownAppOf } from './shown-app.ts'

/** What stops an authorization until the user has answered: to sign in, to be allowed to use the app, or to consent. */
export type PromptName = 'login' | 'access' | 'consent'

export interface InteractionPolicyOptions {
  readonly users: Pick<Users, 'findByUuid'>
  readonly shownAppOf: ShownAppOf
}

/** What oidc-provider keeps of a user during a request: see findAccount in provider-configuration.ts. */
export interface UserAccount {
  readonly user: User
}

/** An app that no administrator registered. */
const FOR_ALL = { groups: null }

/** The policy of oidc-provider, and between sign-in and consent, whether the user may use the app at all. */
export function createInteractionPolicy(
  { base, Check, Prompt }: typeof interactionPolicy,
  { users, shownAppOf }: InteractionPolicyOptions,
): interactionPolicy.DefaultPolicy {
  async function isRefused({ oidc }: KoaContextWithOIDC): Promise<boolean> {
    const uuid = oidc.session?.accountId ?? ''
    const { user: found } = (oidc.account ?? {}) as Partial<UserAccount>
    const user = found?.uuid === uuid ? found : await users.findByUuid(uuid)
    const app = shownAppOf(oidc.client?.clientId ?? '')
    return !user || !app || !mayUse(app.registered?.oidc ?? FOR_ALL, user)
  }

  const policy = base()
  const check = new Check('not_allowed', 'the user may not use this app', 'access_denied', isRefused)
  policy.add(new Prompt({ name: 'access', requestable: false }, check), 1)
  return policy
}
