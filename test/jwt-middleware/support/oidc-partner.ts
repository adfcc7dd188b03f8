import type { AuthOptions, UserSync } from '@latchkey/jwt-middleware'
import { auth, loginRequired, requireFresh, staffRequired } from '@latchkey/jwt-middleware/hono'
import { oidc } from '@latchkey/jwt-middleware/oidc'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import type { OidcClientInput } from '../../../auth-service/src/apps/oidc-client-input.ts'
import { type Browser, openBrowser } from '../../auth-service/support/browser.ts'
import { fetchOf, openOidcSite, registerClient } from '../../auth-service/support/relying-party.ts'
import { eventually } from '../../support/eventually.ts'
import { revocationSource } from '../../support/revocation-source.ts'

/** Not under the domain of the family. */
export const PARTNER = 'https://partner.example'
export const CALLBACK = `${PARTNER}/auth/callback`

export type OidcSite = Awaited<ReturnType<typeof openOidcSite>>

/** A process of the partner: an app of Hono that signs its users in at the site. */
export interface PartnerProcess {
  readonly app: Hono
  readonly web: ReturnType<typeof auth>
  /** What it logged at `warn` or `debug`. */
  readonly logged: Record<string, unknown>[]
}

export interface PartnerOptions {
  readonly input?: OidcClientInput
  readonly options?: Partial<AuthOptions>
  readonly changes?: Parameters<typeof openOidcSite>[0]
  /** Adds routes to each process. */
  readonly routes?: (app: Hono) => void
}

/** The auth service and an app off its domain in this process, with a frozen clock, until the test ends. */
export async function openPartner(given: PartnerOptions = {}) {
  const { input = {}, options = {}, changes = {}, routes = () => {} } = given
  const site = await openOidcSite(changes)
  const client = await registerClient(site.service, {
    redirect_uris: [CALLBACK],
    post_logout_redirect_uris: [`${PARTNER}/auth/signed-out`],
    back_channel_logout_uri: `${PARTNER}/auth/back-channel-logout`,
    first_party: true,
    ...input,
  })
  const { clientId, clientSecret } = client
  /** How many requests each endpoint of the provider got, and how the next ones are answered. */
  const asked: string[] = []
  const network = { isDown: false }
  const ownFetch: typeof globalThis.fetch = async (given, init) => {
    if (network.isDown) throw new TypeError('fetch failed')
    asked.push(new URL(String(given)).pathname)
    return fetchOf(site)(given, init)
  }

  function start(users?: UserSync, more: Partial<AuthOptions> = {}): PartnerProcess {
    const logged: Record<string, unknown>[] = []
    const log = (fields: Readonly<Record<string, unknown>>, message: string) =>
      void logged.push({ ...fields, message })
    const web = auth({
      loginUrl: `${site.origin}/login`,
      ownUrl: PARTNER,
      oidc: oidc({ clientId, clientSecret }),
      fetch: ownFetch,
      // None of the family's entries is needed.
      revocations: revocationSource(),
      log: { debug: log, warn: log },
      ...(users && { users }),
      ...options,
      ...more,
    })
    onTestFinished(() => web.close())
    const app = new Hono()
    app.use(web)
    app.get('/', (c) => c.json(c.var.user))
    app.get('/private', loginRequired(), (c) => c.text(`Hello, ${c.var.user.email}`))
    app.get('/staff', staffRequired(), (c) => c.text('staff'))
    app.get('/fresh', requireFresh(), (c) => c.text('fresh'))
    app.get('/links', (c) =>
      c.json([web.signInUrl(c, '/a'), web.signUpUrl(c, '/a'), web.signOutUrl(c, '/a'), web.accountUrl()]),
    )
    app.post('/note', loginRequired(), (c) => c.text('written'))
    app.post('/sign-out', web.signOut({ next: '/bye' }))
    routes(app)
    return { app, web, logged }
  }

  const first = start()
  /** The process that gets the next request of a browser. */
  const balancer = { at: first }
  const router = {
    request: ((url: string, init?: RequestInit) =>
      String(url).startsWith(PARTNER)
        ? balancer.at.app.request(url, init)
        : site.app.request(url, init)) as Hono['request'],
  }

  return {
    site,
    client,
    start,
    partner: first,
    balancer,
    asked,
    network,
    /** A browser for both, at the partner; no one is signed in. */
    browser: () => openBrowser(router, { origin: PARTNER }),
    /** A browser in which Ada, or another user, has registered with the family. */
    async signedIn(person: Parameters<typeof site.signedIn>[0] = {}): Promise<Browser> {
      const family = await site.signedIn(person)
      const visitor = openBrowser(router, { origin: PARTNER })
      for (const cookie of await family.jar.getCookies(site.origin))
        await visitor.jar.setCookie(cookie, site.origin)
      return visitor
    },
  }
}

export type OpenPartner = Awaited<ReturnType<typeof openPartner>>

/** Follows redirects, as browsers do, until a page: its address, and the page. */
export async function visit(browser: Browser, from: string) {
  let url = new URL(from, PARTNER).href
  const trail: string[] = []
  for (let step = 0; step < 15; step++) {
    const page = await browser.get(url)
    trail.push(url)
    if (page.location === null) return { url, page, trail }
    url = new URL(page.location, url).href
  }
  throw new Error(`Too many redirects: ${trail.join('\n')}`)
}

/** Follows redirects until the next one would open the partner's callback: its URL. */
export async function untilCallback(browser: Browser, from: string): Promise<string> {
  let url = new URL(from, PARTNER).href
  for (let step = 0; step < 15; step++) {
    const { location } = await browser.get(url)
    if (location === null) throw new Error(`No redirect from ${url}.`)
    url = new URL(location, url).href
    if (url.startsWith(CALLBACK)) return url
  }
  throw new Error(`Too many redirects, the last one to ${url}.`)
}

/**
 * Repeats the condition until the app has been told of a sign-out. On a busy machine it may answer too late for the
 * auth service, which tries again once the frozen clock says so.
 */
export function untilTold(
  { service, wait }: Pick<OidcSite, 'service' | 'wait'>,
  condition: () => void | Promise<void>,
): Promise<void> {
  let seen = 0
  return eventually(async () => {
    const putOff = service.logged.filter(({ event }) => event === 'oidc_logout_put_off')
    for (const { pause } of putOff.slice(seen)) wait(Number(pause))
    seen = putOff.length
    await condition()
  })
}

/** The value of the partner's session cookie. */
export async function sessionCookie(browser: Browser): Promise<string> {
  const cookies = await browser.jar.getCookies(PARTNER)
  return cookies.find(({ key }) => key === '__Host-latchkey.session')?.value ?? ''
}
