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
  const isRegistered = (href: string): boolean =>
    apps
      .list()
      .flatMap(({ oidc }) => [oidc?.keys, oidc?.backChannelLogoutUri])
      .some((known) => known?.startsWith('http') && URL.parse(known)?.href === href)

  return (input, init) => {
    const { href, origin } = new URL(input instanceof Request ? input.url : input)
    return isRegistered(href) ? fetchFor(origin)(href, withoutDispatcher(init)) : publicFetch(href, init)
  }
}

/** Without oidc-provider's own dispatcher, which refuses addresses of private networks. */
function withoutDispatcher(init: RequestInit | undefined): RequestInit {
  const { dispatcher: _, ...rest } = (init ?? {}) as RequestInit & { dispatcher?: unknown }
  return rest
}
