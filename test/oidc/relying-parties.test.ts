import { OPERATOR } from '@latchkey/auth-service'
import { sql } from 'drizzle-orm'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { freshPostgres } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor, type Visit, type Visitor } from '../support/visitor.ts'
import { startApacheSite } from './relying-parties/apache-site.ts'
import { startAuthlibApp } from './relying-parties/authlib-app.ts'
import { startOauth4webapiApp } from './relying-parties/oauth4webapi-app.ts'
import { startOpenidClientApp } from './relying-parties/openid-client-app.ts'
import type { OutsideApp } from './relying-parties/outside-app.ts'

const [ADA] = PEOPLE

/** Apps by libraries that others wrote, each as its documentation has it. */
const APPS = {
  'openid-client': startOpenidClientApp,
  oauth4webapi: startOauth4webapiApp,
  'Authlib and Flask': startAuthlibApp,
  'Apache with mod_auth_openidc': startApacheSite,
} as const

/** How each of them sends its secret. */
const METHODS: Readonly<Record<string, string>> = {
  oauth4webapi: 'client_secret_post',
}

/** What docs/openid-connect.md says that they can't read. */
const UNKNOWN: Readonly<Record<string, readonly string[]>> = {
  'Apache with mod_auth_openidc': ['EdDSA'],
}

type Tasks = (() => void | Promise<void>)[]

/** A family with these settings, and each app as its client. */
async function openFamily(settings: Readonly<Record<string, string>>, atEnd: Tasks) {
  const register = (task: () => void | Promise<void>) => void atEnd.push(task)
  const family = await startFamily(settings, { apps: false })
  register(() => family.close())
  const apps = new Map<string, OutsideApp>()
  for (const [name, start] of Object.entries(APPS)) apps.set(name, await start(register))
  const clients = await family.administer(async (service) => {
    for (const { password: _, hash, ...person } of PEOPLE)
      await service.users.create({ ...person, password: hash })
    const registered = new Map<string, { clientId: string; clientSecret: string }>()
    for (const [name, app] of apps) {
      const created = await service.apps.create({ name, origins: [app.url] }, OPERATOR)
      if (!created.ok) throw new Error(`${name} is not registered.`)
      const issued = await service.appCredentials.issue(created.value.id, OPERATOR)
      if (!issued.ok) throw new Error(issued.reason)
      const client = {
        redirect_uris: [app.redirectUri],
        post_logout_redirect_uris: [`${app.url}/`],
        auth_method: METHODS[name] ?? 'client_secret_basic',
        back_channel_logout_uri: app.backChannelLogoutUri ?? '',
      }
      const set = await service.oidcClients.set(created.value.id, client, OPERATOR)
      if (!set?.ok) throw new Error(`${name}: ${JSON.stringify(set)}`)
      registered.set(name, issued.value)
    }
    return registered
  })
  const issuer = family.auth.url
  for (const [name, app] of apps) {
    const client = clients.get(name)
    if (!client) throw new Error(name)
    // The service learns of its first client within seconds.
    await eventually(() => app.connect({ issuer, ...client }))
  }
  return { family, apps }
}

let family: RunningFamily
let apps: ReadonlyMap<string, OutsideApp>
const atEnd: Tasks = []

beforeAll(async () => {
  ;({ family, apps } = await openFamily({}, atEnd))
})
afterAll(async () => {
  for (const task of atEnd.reverse()) await task()
})

const greeting = ({ html }: Visit) => /<h1>(.*?)<\/h1>/.exec(html)?.[1]
const GREETED = `Hello, ${ADA.email}`
const STRANGER = 'Hello, a stranger'

/** Signs in to the family at the page where the app led, and consents if asked. */
async function signIn(visitor: Visitor, app: OutsideApp, at = family): Promise<Visit> {
  let page = await visitor.visit(`${app.url}/login`)
  if (new URL(page.url).pathname === '/login' && page.url.startsWith(at.auth.url)) {
    page = await visitor.submit(page, '/login', { email: ADA.email, password: ADA.password })
  }
  const { pathname } = new URL(page.url)
  return pathname.startsWith('/oidc/interaction/') ? visitor.submit(page, `${pathname}/allow`) : page
}

/** Signs out where an app led. */
const confirmSignOut = (visitor: Visitor, page: Visit): Promise<Visit> =>
  visitor.submit(page, `${family.auth.url}/oidc/logout/confirm`, { logout: 'yes' })

const isSignedIn = async (visitor: Visitor): Promise<boolean> =>
  (await visitor.visit(`${family.auth.url}/account`)).url.endsWith('/account')

describe.each(Object.keys(APPS))('An app by %s', (name) => {
  const open = () => ({ app: apps.get(name) as OutsideApp, visitor: createVisitor() })

  it('signs its user in, with a consent once', async () => {
    const { app, visitor } = open()
    expect(greeting(await visitor.visit(`${app.url}/`))).toBe(STRANGER)
    expect(greeting(await signIn(visitor, app))).toBe(GREETED)
    const again = createVisitor()
    const login = await again.visit(`${family.auth.url}/login`)
    await again.submit(login, '/login', { email: ADA.email, password: ADA.password })
    expect(greeting(await again.visit(`${app.url}/login`)), 'without a form').toBe(GREETED)
  })

  it('refreshes its tokens', async () => {
    const { app, visitor } = open()
    await signIn(visitor, app)
    const tokenOf = (page: Visit) => page.headers.get('x-token')
    const before = tokenOf(await visitor.visit(`${app.url}/token`))
    expect(before).toMatch(/^[\w-]{43}$/)
    const first = tokenOf(await visitor.visit(`${app.url}/refresh`))
    const second = tokenOf(await visitor.visit(`${app.url}/refresh`))
    expect(first).toMatch(/^[\w-]{43}$/)
    expect(second).toMatch(/^[\w-]{43}$/)
    expect(new Set([before, first, second]).size).toBe(3)
  })

  it('signs its user out of the family, and gets them back', async () => {
    const { app, visitor } = open()
    await signIn(visitor, app)
    expect(await isSignedIn(visitor)).toBe(true)
    const asking = await visitor.visit(`${app.url}/logout`)
    expect(asking.html).toContain('You will be signed out of all apps on this device.')
    const back = await confirmSignOut(visitor, asking)
    expect(back.url).toBe(`${app.url}/`)
    expect(greeting(back)).toBe(STRANGER)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('notices when its user signs out of the family', async () => {
    const { app, visitor } = open()
    await signIn(visitor, app)
    const other = createVisitor()
    await signIn(other, app)
    const page = await visitor.visit(`${family.auth.url}/logout`)
    await visitor.submit(page, '/logout')
    const home = async () => greeting(await visitor.visit(`${app.url}/`))
    if (app.backChannelLogoutUri !== null) {
      // At once, by a logout token.
      await eventually(async () => expect(await home()).toBe(STRANGER))
    } else {
      // It can't hear of it, and goes on until it refreshes.
      expect(await home()).toBe(GREETED)
      await visitor.visit(`${app.url}/refresh`)
      expect(await home()).toBe(STRANGER)
    }
    expect(greeting(await other.visit(`${app.url}/`)), 'another device').toBe(GREETED)
  })
})

describe('After a rotation of the signing keys', () => {
  let kid: string

  beforeAll(async () => {
    kid = await family.administer(async ({ database, keys }) => {
      await keys.rotate({ force: true })
      // With those before, one user would sign in more often within a minute than the limit allows.
      await database.transaction([sql`DELETE FROM rate_limits`])
      return keys.current().kid
    })
    await eventually(async () => {
      const visitor = createVisitor()
      const login = await visitor.visit(`${family.auth.url}/login`)
      await visitor.submit(login, '/login', { email: ADA.email, password: ADA.password })
      const token = (await visitor.cookie(family.auth.url, 'jwt.access')) ?? ''
      expect(decodeProtectedHeader(token).kid).toBe(kid)
    })
  })

  it.each(Object.keys(APPS))(
    'an app by %s signs its user in, and hears of a sign-out if it can',
    async (name) => {
      const app = apps.get(name) as OutsideApp
      const visitor = createVisitor()
      expect(greeting(await signIn(visitor, app))).toBe(GREETED)
      if (app.backChannelLogoutUri === null) return
      await visitor.submit(await visitor.visit(`${family.auth.url}/logout`), '/logout')
      await eventually(async () => expect(greeting(await visitor.visit(`${app.url}/`))).toBe(STRANGER))
    },
  )
})

it('The provider has not failed at any of that', () => {
  expect(family.auth.output()).not.toMatch(/"level":(50|60)|oidc_failed/)
})

describe.each([
  ['RS256', 'Postgres', async () => ({ DATABASE_URL: await freshPostgres() })],
  ['EdDSA', 'SQLite', async () => ({})],
] as const)('With SIGNING_ALG=%s, on %s', (signingAlg, _, database) => {
  const atEnd: Tasks = []
  let other: Awaited<ReturnType<typeof openFamily>>
  beforeAll(async () => {
    other = await openFamily({ SIGNING_ALG: signingAlg, ...(await database()) }, atEnd)
  })
  afterAll(async () => {
    for (const task of atEnd.reverse()) await task()
  })

  it.each(Object.keys(APPS))('an app by %s signs its user in, if it knows that algorithm', async (name) => {
    const app = other.apps.get(name) as OutsideApp
    const isKnown = !(UNKNOWN[name] ?? []).includes(signingAlg)
    const page = await signIn(createVisitor(), app, other.family)
    expect(greeting(page) === GREETED, page.html).toBe(isKnown)
  })
})
