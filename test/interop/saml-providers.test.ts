import { isNotNull } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { type ForeignProvider, mellon, pysaml2, simpleSamlPhp } from '../support/service-providers.ts'
import { createVisitor, NAVIGATION, type Visit, type Visitor } from '../support/visitor.ts'

const [ADA] = PEOPLE

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({}, { apps: false })
  await family.administer(async ({ users }) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await users.create({ ...person, password: hash, emailVerifiedAt })
  })
})
afterAll(() => family?.close())

/** Registers a provider, starts it with our metadata, and gives its own to the service. */
async function connect(
  { entityId, url, start }: ForeignProvider,
  input: object,
  bySoap = false,
): Promise<number> {
  const id = await family.administer(async ({ apps, serviceProviders }) => {
    const created = await apps.create({ name: new URL(url).hostname, origins: [url] }, OPERATOR)
    if (!created.ok) throw new Error(JSON.stringify(created))
    const facts = { entity_id: entityId, acs_urls: [`${url}/not-yet`] }
    const set = await serviceProviders.set(created.value.id, facts, OPERATOR)
    if (!set?.ok) throw new Error(JSON.stringify(set))
    return created.value.id
  })
  // The service learns of its first provider within seconds.
  const ours = await eventually(async () => {
    const { status, text } = await send(`${family.auth.url}/saml/metadata`)
    expect(status).toBe(200)
    return text
  })
  const metadata = await start(ours)
  await family.administer(async ({ serviceProviders }) => {
    const set = await serviceProviders.set(id, { metadata, starts_here: true, ...input }, OPERATOR)
    if (!set?.ok) throw new Error(`${JSON.stringify(set)} ${metadata}`)
    expect(set.value.saml).toMatchObject({ entityId, sloUrl: expect.stringContaining(url) })
    expect(set.value.saml?.certificates).toHaveLength(1)
    if (bySoap) expect(set.value.saml?.soapUrl).toContain(url)
    else await serviceProviders.set(id, { slo_soap_url: '' }, OPERATOR)
  })
  return id
}

/** Sends the form of a page that brings a message to another site, and follows redirects and further such forms. */
async function passForms(visitor: Visitor, from: Visit): Promise<Visit> {
  let page = from
  for (let step = 0; step < 8; step++) {
    const [, form = ''] = /<form\b([\s\S]*?)<\/form>/.exec(page.html) ?? []
    if (!/name="SAML(Request|Response)"/.test(form)) return page
    const plain = (text: string) =>
      text
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&')
    const action = plain(/action="([^"]*)"/.exec(form)?.[1] ?? '')
    const fields = [...form.matchAll(/<input [^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, plain(value)],
    )
    const body = new URLSearchParams(fields as [string, string][]).toString()
    const sent = await visitor.request(action, {
      method: 'POST',
      headers: { ...NAVIGATION, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    page = sent.location === null ? sent : await visitor.visit(new URL(sent.location, sent.url).href)
  }
  return page
}

const open = async (visitor: Visitor, url: string) => passForms(visitor, await visitor.visit(url))

async function signedIn(): Promise<Visitor> {
  const visitor = createVisitor()
  const page = await visitor.visit(`${family.auth.url}/login`)
  const landed = await visitor.submit(page, '/login', { email: ADA.email, password: ADA.password })
  expect(landed.url).toBe(`${family.auth.url}/account`)
  return visitor
}

const isAtHome = async (visitor: Visitor) =>
  (await visitor.visit(`${family.auth.url}/account`)).url.endsWith('/account')

const signOutAtHome = async (visitor: Visitor) =>
  passForms(visitor, await visitor.submit(await visitor.visit(`${family.auth.url}/logout`), '/logout'))

describe.each([
  ['mod_auth_mellon', mellon, { signed_requests: true }],
  ['pysaml2', pysaml2, { signed_requests: true, encrypt_assertions: true, name_id_format: 'persistent' }],
  ['SimpleSAMLphp', simpleSamlPhp, { signed_requests: false }],
] as const)('%s', (_, create, input) => {
  it('signs a user of the family in without a form, and out from either side', async () => {
    const provider = await create()
    const id = await connect(provider, input)
    const visitor = await signedIn()
    const inside = async () => (await open(visitor, provider.page)).html.includes(ADA.email)
    await eventually(async () => expect(await inside()).toBe(true))

    // In the app.
    await open(visitor, provider.logout)
    expect(await isAtHome(visitor)).toBe(false)
    const afterwards = await open(visitor, provider.page)
    expect(afterwards.html).not.toContain(ADA.email)
    expect(afterwards.title).toContain('Sign in')

    // In the family.
    const page = await visitor.visit(`${family.auth.url}/login`)
    await visitor.submit(page, '/login', { email: ADA.email, password: ADA.password })
    expect(await inside()).toBe(true)
    const out = await signOutAtHome(visitor)
    expect(out.url).toContain(`${family.auth.url}/login?notice=signed_out`)
    expect((await open(visitor, provider.page)).title).toContain('Sign in')

    // Without a request.
    const again = await signedIn()
    const opened = await open(again, `${family.auth.url}/saml/start/${id}`)
    expect(new URL(opened.url).origin).toBe(provider.url)
    expect((await open(again, provider.page)).html).toContain(ADA.email)
  })
})

describe.each([
  ['mod_auth_mellon', () => mellon('soap-mellon.localhost'), true],
  // 1.19, of Debian 12, ends the session, and answers something else than a logout response.
  ['SimpleSAMLphp', () => simpleSamlPhp('soap-php.localhost', true), false],
] as const)('%s', (_, create, answers) => {
  it('hears by SOAP that an administrator ended the session, and that the user signed out', async () => {
    const provider = await create()
    await connect(provider, { signed_requests: false }, true)
    const visitor = await signedIn()
    const inside = async () => (await open(visitor, provider.page)).html.includes(ADA.email)
    await eventually(async () => expect(await inside()).toBe(true))
    await family.administer(async ({ users, sessions }) => {
      const ada = await users.findByEmail(ADA.email)
      await sessions.endAll(ada?.id as number)
    })
    await eventually(async () => expect((await open(visitor, provider.page)).title).toContain('Sign in'))

    const again = await signedIn()
    expect((await open(again, provider.page)).html).toContain(ADA.email)
    await signOutAtHome(again)
    await eventually(async () => expect((await open(again, provider.page)).title).toContain('Sign in'))
    if (!answers) {
      await eventually(() =>
        expect(family.auth.output()).toContain('"app":"soap-php.localhost","attempt":1,"code":"no_answer"'),
      )
      return
    }
    await eventually(async () => {
      const left = await family.administer(async ({ database: { db, samlSignIns } }) =>
        db.select().from(samlSignIns).where(isNotNull(samlSignIns.endedAt)),
      )
      expect(left).toEqual([])
    })
  })
})
