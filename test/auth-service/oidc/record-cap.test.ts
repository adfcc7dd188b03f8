import { SignJWT } from 'jose'
import * as client from 'openid-client'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { siteOfDocument } from '../../../auth-service/src/oidc/document-clients.ts'
import { COUNTED_EVERY, createRecordCap, MOST_WAITING } from '../../../auth-service/src/oidc/record-cap.ts'
import { createOidcRecords } from '../../../auth-service/src/oidc/records.ts'
import { freshPostgres } from '../../support/database.ts'
import { NOW } from '../../support/tokens.ts'
import { openInternet } from '../support/internet.ts'
import { CALLBACK, openOidcSite, registerClient } from '../support/relying-party.ts'
import { onBothDatabases, openService, type TestService, testConfig } from '../support/services.ts'

afterEach(() => vi.useRealTimers())

const HOST = 'mcp.tool.example'
const ID = `https://${HOST}/client.json`
const RETURNS_TO = `https://${HOST}/callback`

interface Waiting {
  readonly count: number
  /** `null`: those of registered apps. */
  readonly site: string | null
  /** Seconds until the first of them expires, and then one more each. Default: 60. */
  readonly expiresIn?: number
}

/** Stores requests as strangers have them stored. */
async function fill({ database }: Pick<TestService, 'database'>, { count, site, expiresIn = 60 }: Waiting) {
  const rows = Array.from({ length: count }, (_, i) => ({
    model: 'Interaction',
    hash: `${site} ${expiresIn} ${i}`,
    payload: '{}',
    expiresAt: NOW + expiresIn + i,
    documentSite: site,
  }))
  for (let i = 0; i < rows.length; i += 1000)
    await database.db.insert(database.oidcRecords).values(rows.slice(i, i + 1000))
}

/** How many records each domain has. */
async function waiting({ database }: Pick<TestService, 'database'>) {
  const { db, oidcRecords } = database
  const rows = await db.select({ site: oidcRecords.documentSite }).from(oidcRecords)
  const counts: Record<string, number> = {}
  for (const { site } of rows) counts[`${site}`] = (counts[`${site}`] ?? 0) + 1
  return counts
}

/** The cap of a service that is about to count. */
async function aboutToCount(service: TestService) {
  const warn = vi.fn()
  const cap = createRecordCap({ ...service, records: createOidcRecords(service), warn })
  for (let i = 1; i < COUNTED_EVERY; i++) await cap.noteStored()
  return { cap, warn }
}

onBothDatabases('The cap on what waits for users of apps that describe themselves', (open) => {
  it('takes from the domain that has most, first what expires first, and nothing from registered apps', async () => {
    const service = await open()
    await fill(service, { count: 7_000, site: 'flood.example' })
    await fill(service, { count: 4_000, site: 'busy.example' })
    await fill(service, { count: 20, site: 'small.example', expiresIn: 1 })
    await fill(service, { count: 300, site: null })
    const { cap, warn } = await aboutToCount(service)
    expect((await waiting(service))['flood.example'], 'not counted yet').toBe(7_000)
    await cap.noteStored()
    expect(await waiting(service)).toEqual({
      'flood.example': MOST_WAITING - 4_020,
      'busy.example': 4_000,
      'small.example': 20,
      null: 300,
    })
    const { db, oidcRecords } = service.database
    const left = (await db.select().from(oidcRecords)).filter((row) => row.documentSite === 'flood.example')
    expect(Math.min(...left.map(({ expiresAt }) => expiresAt))).toBe(NOW + 60 + 1_020)
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { event: 'oidc_requests_evicted', host: 'flood.example', setting: 'OIDC_CLIENT_METADATA' },
      expect.stringMatching(/limit requests to \/oidc at your proxy, or set OIDC_CLIENT_METADATA=off/),
    )
  })

  it('leaves all domains that have too many the same number', async () => {
    const service = await open()
    await fill(service, { count: 8_000, site: 'one.example' })
    await fill(service, { count: 6_000, site: 'two.example' })
    await fill(service, { count: 2_000, site: 'three.example' })
    const { cap } = await aboutToCount(service)
    await cap.noteStored()
    expect(await waiting(service)).toEqual({
      'one.example': 4_000,
      'two.example': 4_000,
      'three.example': 2_000,
    })
  })

  it('deletes what has expired before anything that waits, and nothing below the cap', async () => {
    const service = await open()
    await fill(service, { count: MOST_WAITING, site: 'one.example' })
    const { cap, warn } = await aboutToCount(service)
    await cap.noteStored()
    await fill(service, { count: 500, site: 'two.example', expiresIn: -1_000 })
    expect(await waiting(service)).toEqual({ 'one.example': MOST_WAITING, 'two.example': 500 })
    for (let i = 0; i < COUNTED_EVERY; i++) await cap.noteStored()
    expect(await waiting(service)).toEqual({ 'one.example': MOST_WAITING })
    expect(warn).not.toHaveBeenCalled()
  })

  it('is counted by two services at once, which delete nothing twice and do not stop each other', async () => {
    const first = await open()
    const second = await open({ beside: first })
    for (let round = 0; round < 5; round++) {
      const found = await waiting(first)
      await fill(first, { count: MOST_WAITING, site: `${round}.example` })
      await fill(first, { count: 40, site: `small-${round}.example`, expiresIn: 1 })
      const caps = [await aboutToCount(first), await aboutToCount(second)]
      const more = fill(second, { count: 10, site: `late-${round}.example` })
      await Promise.all([...caps.map(({ cap }) => cap.noteStored()), more])
      const left = await waiting(first)
      const all = Object.values(left).reduce((sum, count) => sum + count, 0)
      expect(all).toBeGreaterThanOrEqual(MOST_WAITING)
      expect(all).toBeLessThanOrEqual(MOST_WAITING + 10)
      expect(left).toMatchObject({ [`small-${round}.example`]: 40, [`late-${round}.example`]: 10 })
      for (const [site, count] of Object.entries(found)) if (count <= 40) expect(left[site]).toBe(count)
    }
  })
})

it('The cap needs no join, which Postgres may run row by row where its statistics are out of date', async () => {
  const databaseUrl = await freshPostgres()
  const connection = new pg.Client(databaseUrl)
  await connection.connect()
  const name = new URL(databaseUrl).pathname.slice(1)
  for (const method of ['hashjoin', 'mergejoin', 'indexscan', 'bitmapscan'])
    await connection.query(`ALTER DATABASE ${name} SET enable_${method} = off`)
  await connection.end()
  const service = await openService(testConfig({ databaseUrl }))
  onTestFinished(() => service.close())
  await fill(service, { count: 3 * MOST_WAITING, site: 'flood.example' })
  const { cap } = await aboutToCount(service)
  // A statement of more than ten seconds fails.
  await cap.noteStored()
  expect(await waiting(service)).toEqual({ 'flood.example': MOST_WAITING })
})

describe('The domain of a document', () => {
  it.each([
    ['https://tool.example/client.json', 'tool.example'],
    ['https://a.b.tool.example:8443/client.json', 'tool.example'],
    ['https://shop.co.uk/client.json', 'shop.co.uk'],
    ['https://a.shop.co.uk/client.json', 'shop.co.uk'],
    ['https://ada.github.io/client.json', 'ada.github.io'],
    ['https://93.184.216.34/client.json', '93.184.216.34'],
    ['https://[2606:2800::1]/client.json', '[2606:2800::1]'],
    ['HTTPS://TOOL.EXAMPLE/client.json', 'tool.example'],
  ])('%s: %s', (id, site) => expect(siteOfDocument(id)).toBe(site))
})

describe.each([
  ['SQLite', async () => ({})],
  ['Postgres', async () => ({ databaseUrl: await freshPostgres() })],
] as const)('Requests from many networks (%s)', (_, database) => {
  it('of an app that describes itself push out each other, and none of a registered app', async () => {
    const { publicKey, privateKey } = await client.randomDPoPKeyPair('ES256', { extractable: true })
    const jwks = { keys: [await crypto.subtle.exportKey('jwk', publicKey)] }
    const internet = await openInternet(HOST)
    internet.serve({
      client_id: ID,
      redirect_uris: [RETURNS_TO],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
    })
    const proxy = { trustedProxies: [{ address: '10.0.0.1', prefix: 32 }] }
    const settings = { oidcClientMetadata: 'on', ...proxy, ...(await database()) } as const
    const site = await openOidcSite(settings, ['Date'], internet.options)
    const partner = await registerClient(site.service)

    const fields = {
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }
    let networks = 0
    const from = (path: string, init: RequestInit = {}) => {
      networks += 1
      const headers = { 'x-forwarded-for': `198.18.${networks >> 8}.${networks & 255}`, ...init.headers }
      const incoming = { socket: { remoteAddress: '10.0.0.1' } }
      return site.app.request(`${site.origin}${path}`, { ...init, headers }, { incoming })
    }
    const authorize = async (clientId: string, redirectUri: string) => {
      const params = new URLSearchParams({ ...fields, client_id: clientId, redirect_uri: redirectUri })
      expect((await from(`/oidc/auth?${params}`)).status).toBe(303)
    }
    const assertion = await new SignJWT({ jti: 'one', iss: ID, sub: ID, aud: site.origin })
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1m')
      .sign(privateKey)
    const pushed = await from('/oidc/request', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...fields,
        client_id: ID,
        redirect_uri: RETURNS_TO,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }).toString(),
    })
    expect(pushed.status).toBe(201)
    await authorize(ID, RETURNS_TO)
    await authorize(partner.clientId, CALLBACK)
    // The pushed request, the proof, and what waits.
    expect(await waiting(site.service)).toEqual({ 'tool.example': 3, null: 1 })

    await fill(site.service, { count: MOST_WAITING, site: 'flood.example', expiresIn: 7_000 })
    for (let i = 3; i < COUNTED_EVERY; i++) await authorize(ID, RETURNS_TO)
    expect(await waiting(site.service)).toEqual({
      'flood.example': MOST_WAITING - COUNTED_EVERY,
      'tool.example': COUNTED_EVERY,
      null: 1,
    })
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({
        event: 'oidc_requests_evicted',
        host: 'flood.example',
        setting: 'OIDC_CLIENT_METADATA',
      }),
    )
  })
})

it('Where apps can not describe themselves, no record has a domain, and nothing is counted', async () => {
  const site = await openOidcSite()
  const partner = await registerClient(site.service)
  const counted = vi.spyOn(site.service.database.db, 'select')
  const params = new URLSearchParams({
    client_id: partner.clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  for (let i = 0; i < COUNTED_EVERY; i++)
    expect((await site.app.request(`${site.origin}/oidc/auth?${params}`)).status).toBe(303)
  expect(counted.mock.calls.filter(([columns]) => columns && 'all' in columns)).toEqual([])
  expect(await waiting(site.service)).toEqual({ null: COUNTED_EVERY })
})
