import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { freshPostgres } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import {
  CALLBACK,
  type OidcSite,
  openOidcSite,
  type RegisteredClient,
  registerClient,
  relyingParty,
} from '../support/relying-party.ts'

afterEach(() => vi.useRealTimers())

const PROXY = { trustedProxies: [{ address: '10.0.0.1', prefix: 32 }] }
const [HERE, ELSEWHERE] = ['203.0.113.7', '198.51.100.9']

/** A request that a proxy passes on for a client with this address. */
const from = (site: OidcSite, address: string, path: string, init: RequestInit = {}) =>
  site.app.request(
    `${site.origin}${path}`,
    { ...init, headers: { 'x-forwarded-for': address, ...init.headers } },
    { incoming: { socket: { remoteAddress: '10.0.0.1' } } },
  )

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const authorization = ({ clientId }: Pick<RegisteredClient, 'clientId'>) =>
  new URLSearchParams({
    client_id: clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })

const post = (fields: URLSearchParams, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: fields.toString(),
})

/** How many times each status came. */
const tally = (responses: readonly Response[]) =>
  Object.groupBy(responses, ({ status }) => String(status)) as Partial<Record<string, Response[]>>

const many = (count: number, ask: () => Response | Promise<Response>) =>
  Promise.all(Array.from({ length: count }, ask))

const stored = async ({ service }: OidcSite) => {
  const { db, oidcRecords } = service.database
  return (await db.select().from(oidcRecords)).length
}

describe.each([
  ['SQLite', async () => ({})],
  ['Postgres', async () => ({ databaseUrl: await freshPostgres() })],
] as const)('What strangers can have stored by OpenID Connect (%s)', (_, database) => {
  const open = async () =>
    openOidcSite({ ...PROXY, ...(await database()) }, ['Date', 'setInterval', 'clearInterval'])

  it('is limited for a network, also for many requests at once, and is deleted an hour later', async () => {
    const site = await open()
    const partner = await registerClient(site.service)
    const ask = (address: string) => from(site, address, `/oidc/auth?${authorization(partner)}`)
    const { 303: led = [], 429: refused = [] } = tally(await many(330, () => ask(HERE)))
    expect([led.length, refused.length]).toEqual([300, 30])
    expect(await stored(site)).toBe(300)

    const [page] = refused as [Response]
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('set-cookie'), 'nothing was begun').toBeNull()
    expect(await page.text()).toContain('Too many attempts')
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({
        event: 'too_many_tries',
        what: 'oidc_request',
        whose: 'network',
        setting: 'TRUSTED_PROXIES',
      }),
    )

    expect((await ask(ELSEWHERE)).status).toBe(303)
    site.wait(61)
    expect((await ask(HERE)).status).toBe(303)
    site.wait(3_600)
    vi.advanceTimersByTime(3_600_000)
    await eventually(async () => expect(await stored(site)).toBeLessThan(3))
  })

  it('is limited for sign-outs without a session, and not for those of a user', async () => {
    const site = await open()
    await registerClient(site.service)
    const ask = (address: string) => from(site, address, '/oidc/logout')
    const { 200: asked = [], 429: refused = [] } = tally(await many(310, () => ask(HERE)))
    expect([asked.length, refused.length]).toEqual([300, 10])
    expect(await stored(site)).toBe(300)
    const [page] = refused as [Response]
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('set-cookie'), 'nothing was begun').toBeNull()
    expect(await page.text()).toContain('Too many attempts')
    expect((await ask(ELSEWHERE)).status).toBe(200)

    const ada = await site.signedIn()
    // More than a session may have waiting within a minute.
    for (let i = 0; i < 40; i++) expect((await ada.get('/oidc/logout')).status).toBe(200)
    site.wait(61)
    expect((await ask(HERE)).status).toBe(200)
  })

  it('is limited for an app without a secret that pushes requests, and not for one that proves who it is', async () => {
    const site = await open()
    const spa = await registerClient(site.service, { auth_method: 'none' }, 'Open')
    const partner = await registerClient(site.service, { auth_method: 'client_secret_post' })
    const push = (fields: URLSearchParams) => from(site, HERE, '/oidc/request', post(fields))
    const answers = tally(await many(310, () => push(authorization(spa))))
    expect([answers[201]?.length, answers[429]?.length]).toEqual([300, 10])
    const [refused] = answers[429] as Response[]
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused?.json()).toMatchObject({ error: 'temporarily_unavailable' })

    const proved = authorization(partner)
    proved.set('client_secret', partner.clientSecret)
    expect(Object.keys(tally(await many(20, () => push(proved))))).toEqual(['201'])
  })
})

it('Questions to one user are limited for the session, and other sessions go on', async () => {
  const site = await openOidcSite()
  const rp = await relyingParty(site, await registerClient(site.service))
  const [ada, grace] = [await site.signedIn(), await site.signedIn({ email: 'grace@example.com' })]
  const { url } = await rp.begin()
  for (let i = 0; i < 30; i++) expect((await ada.get(url.href)).location).toContain('/oidc/interaction/')
  const refused = await ada.get(url.href)
  expect([refused.status, refused.title]).toEqual([429, expect.stringContaining('Too many attempts')])
  expect((await grace.get(url.href)).status).toBe(303)
  site.wait(61)
  expect((await ada.get(url.href)).status).toBe(303)
})

describe('Wrong credentials of an app', () => {
  it.each(['/oidc/token', '/oidc/introspect', '/oidc/revoke', '/oidc/request'])(
    'are limited for a network, which does not stop the right ones: %s',
    async (path) => {
      const site = await openOidcSite(PROXY)
      const { clientId, clientSecret } = await registerClient(site.service)
      const ask = (secret: string, address: string) => {
        const fields = new URLSearchParams({ grant_type: 'authorization_code', code: 'x', token: 'x' })
        const basic = Buffer.from(`${clientId}:${secret}`).toString('base64')
        return from(site, address, path, post(fields, { authorization: `Basic ${basic}` }))
      }
      const { 401: wrong = [], 429: refused = [] } = tally(await many(70, () => ask('guessed', HERE)))
      expect([wrong.length, refused.length]).toEqual([60, 10])
      expect(await refused[0]?.json()).toMatchObject({ error: 'temporarily_unavailable' })
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await ask('guessed', ELSEWHERE)).status).toBe(401)
      expect([401, 429]).not.toContain((await ask(clientSecret, HERE)).status)
      expect(site.service.logged).toContainEqual(
        expect.objectContaining({ what: 'client_failure', setting: 'TRUSTED_PROXIES' }),
      )
      expect(JSON.stringify(site.service.logged)).not.toContain('guessed')
    },
  )

  it('leave a client of OpenID Connect an error that it reads', async () => {
    const site = await openOidcSite(PROXY)
    const { clientId } = await registerClient(site.service)
    const fetchFrom = ((url: string, init: RequestInit) =>
      from(site, HERE, new URL(url).pathname, init)) as never
    const rp = await client.discovery(new URL(site.origin), clientId, 'guessed', undefined, {
      [client.customFetch]: fetchFrom,
      execute: [client.allowInsecureRequests],
    })
    const renew = () => client.refreshTokenGrant(rp, 'x')
    for (let i = 0; i < 60; i++) await expect(renew()).rejects.toMatchObject({ status: 401 })
    await expect(renew()).rejects.toMatchObject({ error: 'temporarily_unavailable', status: 429 })
  })
})
