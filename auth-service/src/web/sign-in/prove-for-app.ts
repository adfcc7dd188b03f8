import type { Service } from '../../service.ts'
import { interactionIn, samlSignInIn } from './leads-to-account.ts'
import type { ReturnUrl } from './return-url.ts'

/**
 * Tells the authorization, or the request of a service provider, where a sign-in leads, if there is one, that its user has
 * just signed in, in the session with this id: it may ask for that (`prompt=login` and `max_age`, `ForceAuthn`).
 */
export const createProveForApp =
  ({ oidc, saml }: Pick<Service, 'oidc' | 'saml'>) =>
  async (next: ReturnUrl, sid: string): Promise<void> => {
    const interaction = oidc.isOn() ? interactionIn(next) : null
    if (interaction !== null) await oidc.interactions.prove(interaction, sid)
    const found = saml.isOn() ? samlSignInIn(next) : null
    if (found && 'waiting' in found) await (await saml.flow()).prove(found.waiting, sid)
  }
