import * as client from 'openid-client'
import { vi } from 'vitest'
import type { OidcClientInput } from '../../../auth-service/src/apps/oidc-client-input.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { Config } from '../../../auth-service/src/platform/config/config.ts'
import type { Overrides, Service } from '../../../auth-service/src/service.ts'
import { NOW } from '../../support/tokens.ts'
import type { Browser } from './browser.ts'
import { openSite, type Site } from './site.ts'

export const CALLBACK = 'https://partner.example/callback'
export const AFTER_LOGOUT = 'https://partner.example/bye'

/** A registered client of OpenID Connect, with a secret. */
export async function registerClient(
  { apps, appCredentials, oidcClients }: Pick<Service, 'apps' | 'appCredentials' | 'oidcClients'>,
  input: OidcClientInput = {},
  name = 'Partner',
) {
  const origins = [`https://${name.toLowerCase()}.example`]
  const created = await apps.create({ name, origins }, OPERATOR)
  if (!created.ok) throw new Error(`${name} already exists.`)
  const issued = await appCredentials.issue(created.value.id, OPERATOR)
  if (!issued.ok) throw new Error(issued.reason)
  const set = await oidcClients.set(
    created.value.id,
    { redirect_uris: [CALLBACK], post_logout_redirect_uris: [AFTER_LOGOUT], ...input },
    OPERATOR,
  )
  if (!set?.ok) throw new Error(JSON.stringify(set))
  const { clientId, clientSecret } = issued.value
  return { id: created.value.id, clientId, clientSecret }
}

export type RegisteredClient = Awaited<ReturnType<typeof registerClient>>

/** A fetch that leads to a site in this process. */
export const fetchOf =
  ({ app }: Pick<Site, 'app'>): typeof globalThis.fetch =>
  async (input, init) =>
    app.request(String(input instanceof Request ? input.url : input), init as RequestInit)

/** Freezes the clock of this process, too, since oidc-provider and its clients read it. */
export async function openOidcSite(
  changes: Partial<Config> = {},
  toFake: readonly ('Date' | 'setInterval' | 'clearInterval')[] = ['Date'],
  internet: Overrides['internet'] = {},
) {
  vi.useFakeTimers({ toFake: [...toFake], now: NOW * 1000 })
  const site = await openSite(changes, undefined, internet)
  const wait = (seconds: number) => {
    site.service.wait(seconds)
    vi.setSystemTime(Date.now() + seconds * 1000)
  }
  return { ...site, wait }
}

export type OidcSite = Awaited<ReturnType<typeof openOidcSite>>

/** A relying party by openid-client. */
export async function relyingParty(
  site: Pick<Site, 'app' | 'origin'>,
  { clientId, clientSecret }: Pick<RegisteredClient, 'clientId' | 'clientSecret'>,
  authentication?: client.ClientAuth,
) {
  const config = await client.discovery(
    new URL(site.origin),
    clientId,
    authentication ? undefined : clientSecret,
    authentication ?? client.ClientSecretBasic(clientSecret),
    { [client.customFetch]: fetchOf(site) as never, execute: [client.allowInsecureRequests] },
  )

  /** An authorization request, and what belongs to it. */
  async function begin(params: Record<string, string> = {}) {
    const verifier = client.randomPKCECodeVerifier()
    const state = client.randomState()
    const nonce = client.randomNonce()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile email groups',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...params,
    })
    return {
      url,
      /** Exchanges the code in this URL. */
      finish: (callback: string, options?: client.DPoPOptions) =>
        client.authorizationCodeGrant(
          config,
          new URL(callback),
          {
            pkceCodeVerifier: verifier,
            expectedState: state,
            expectedNonce: nonce,
            ...('max_age' in params && { maxAge: Number(params.max_age) }),
          },
          undefined,
          options,
        ),
    }
  }

  return {
    config,
    begin,
    /** Signs in with this browser, in which a user is signed in already, and nothing is asked. */
    async signIn(browser: Browser, params?: Record<string, string>) {
      const { url, finish } = await begin(params)
      return finish(await walk(browser, url.href))
    },
  }
}

export type RelyingParty = Awaited<ReturnType<typeof relyingParty>>

/** Follows redirects until they leave the auth service, or a page appears: the last URL. */
export async function walk(browser: Browser, from: string): Promise<string> {
  let url = from
  for (let step = 0; step < 12; step++) {
    const { location } = await browser.get(url)
    if (location === null) return url
    url = new URL(location, from).href
    if (new URL(url).origin !== new URL(from).origin) return url
  }
  throw new Error(`Too many redirects, the last one to ${url}.`)
}
