import { fetchFor } from '@latchkey/jwt-middleware/contract'
import type { Apps } from '../apps/apps.ts'
import type { PublicFetch } from '../platform/net/public-fetch.ts'

export interface ClientFetchOptions {
  readonly apps: Pick<Apps, 'list'>
  readonly publicFetch: PublicFetch
}

/**
 * The `fetch` of oidc-provider. An administrator chose the addresses of registered apps, which may be within the network.
 * All others come from strangers.
 */
export function createClientFetch({ apps, publicFetch }: ClientFetchOptions): typeof globalThis.fetch {
  // A stranger may name an address for sign-outs as a document, which is fetched by another method.
  const isRegistered = (href: string, method = 'GET'): boolean =>
    apps
      .list()
      .map(({ oidc }) => (method === 'POST' ? oidc?.backChannelLogoutUri : oidc?.keys))
      .some((known) => known?.startsWith('http') && URL.parse(known)?.href === href)

  return (input, init) => {
    const { href, origin } = new URL(input instanceof Request ? input.url : input)
    return isRegistered(href, init?.method)
      ? fetchFor(origin)(href, withoutDispatcher(init))
      : publicFetch(href, init)
  }
}

/** Without oidc-provider's own dispatcher, which refuses addresses of private networks. */
function withoutDispatcher(init: RequestInit | undefined): RequestInit {
  const { dispatcher: _, ...rest } = (init ?? {}) as RequestInit & { dispatcher?: unknown }
  return rest
}
