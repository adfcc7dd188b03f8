import type { Service } from '../../service.ts'
import { samlSignInIn } from './leads-to-account.ts'
import type { ReturnUrl } from './return-url.ts'

/**
 * Tells the request of a service provider where a sign-in leads, if there is one, that its user has just signed in, in the
 * session with this id: it may ask for that (`ForceAuthn`).
 */
export const createProveForApp =
  ({ saml }: Pick<Service, 'saml'>) =>
  async (next: ReturnUrl, sid: string): Promise<void> => {
    const found = saml.isOn() ? samlSignInIn(next) : null
    if (found && 'waiting' in found) await (await saml.flow()).prove(found.waiting, sid)
  }
