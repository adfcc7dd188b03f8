import type { Service } from '../../service.ts'

/**
 * Where the browser goes after a sign-out: first to the service providers of these sessions, one after the other, then to
 * `landing`. Called before the sessions end, since what they are signed in to is deleted with them.
 */
export const createTellProviders =
  ({ saml }: Pick<Service, 'saml'>) =>
  async (sids: readonly string[], landing: string): Promise<string> => {
    if (!saml.isOn() || sids.length === 0) return landing
    const flow = await saml.flow()
    return (await flow.beginLogout(sids, landing)) ?? landing
  }
