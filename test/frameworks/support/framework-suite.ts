import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { adapterCases, createTestAuth } from '@latchkey/jwt-middleware/testing'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { launchChromium } from '../../support/chromium.ts'
import { deadPort } from '../../support/dead-port.ts'
import { eventually } from '../../support/eventually.ts'
import { type RunningFamily, startFamily } from '../../support/family.ts'
import { type Answer, type Sent, send } from '../../support/http.ts'
import { fill, follow, heading, press, signIn } from '../../support/page-actions.ts'
import { inContext } from '../../support/page-checks.ts'
import { startLatchkey } from '../../support/temp-app.ts'
import { NAVIGATION } from '../../support/visitor.ts'
import { buildApp, type Recipe } from './build-app.ts'
import { runProgram, type Served, serveProgram } from './run-program.ts'

/** A user for each test. */
const FAST = { PASSWORD_HASHER: 'argon2id' }
const PASSWORD = 'a long walk by the sea'
const FORM = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }

/** A framework's app, with the pages that the suite asks for. */
export interface Framework extends Recipe {
  readonly name: string
  /** Serves the built app. */
  readonly start: readonly [program: string, ...args: string[]]
  /** What it prints when it is ready. Default: that it is listening. */
  readonly ready?: RegExp
  /** Serves it as in production, where that differs. */
  readonly standalone?: readonly [program: string, ...args: string[]]
  readonly env?: Readonly<Record<string, string>>
  /** A form on the private page `/notes`, whose answer has its field `text`. */
  readonly form: string
  /** The form's type, if it is not the usual one of browsers. */
  readonly formType?: string
  /** Pages of the framework's own for errors, by path. */
  readonly errors: Readonly<Record<string, number>>
  /** Files and prerendered pages. */
  readonly files: readonly string[]
  /** What asks for the data of `/notes` in the browser's place; none if there are no such requests. */
  readonly data?: string
  /** Whether a form is sent by a script. */
  readonly hasScripts: boolean
  /** What only editors may do who are staff, as the page guards it. */
  readonly publish: readonly [method: 'GET' | 'POST', path: string]
  /** The route of the page for API tokens with the scope `cards.read`. */
  readonly cards?: string
  /** Cases that the framework answers by itself, each with what it does. */
  readonly except?: Readonly<Record<string, string>>
}

/** For `auth()` of the pages. */
export const PERMISSIONS = "definePermissions({ 'cards.read': ['team'], 'notes.publish': ['editors'] })"

/** A user of the running auth service. */
export interface Signed {
  readonly email: string
  /** Both cookies. */
  readonly cookie: string
  /** After the access token ended. */
  readonly expired: string
  endSessions(): Promise<void>
}

/** The running app, and what stands around it. */
export interface World {
  readonly url: string
  readonly folder: string
  readonly family: RunningFamily
  readonly app: Served
  /** A navigation, unless the headers say otherwise. */
  ask(path: string, cookie?: string, more?: Sent): Promise<Answer>
  newUser(): Promise<Signed>
}

/** The names of the cookies that an answer sets, of the session alone. */
export const renewedOf = ({ headers }: Answer): string[] =>
  (headers['set-cookie'] ?? [])
    .map((line) => line.split('=', 1)[0] as string)
    .filter((name) => name.startsWith('jwt.'))
    .sort()
export const BOTH = ['jwt.access', 'jwt.refresh']

/** Builds and serves an app, and tests what the middleware of its page must do. Returns what further tests need. */
export function frameworkSuite(framework: Framework): () => World {
  let world: World
  let browser: Browser
  beforeAll(async () => {
    const opened = await Promise.all([open(framework), launchChromium(inject('chromiumPath'))])
    ;[world, browser] = opened
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await world?.app.stop('SIGKILL')
    await world?.family.close()
  })
  cases(framework)
  describe(`The recipe for ${framework.name}`, () => {
    requests(framework, () => world)
    if (framework.hasScripts) scripts(() => ({ world, browser }))
    journeys(() => ({ world, browser }))
  })
  return () => world
}

/** The cases of every adapter, on another process of the app with a fake auth service. */
function cases(framework: Framework): void {
  const { except = {} } = framework
  const testAuth = createTestAuth({ ownUrl: 'http://app.example.test' })
  let origin: string
  let app: Served
  let service: Awaited<ReturnType<typeof testAuth.listen>>
  describe(`The exported cases, on ${framework.name}`, () => {
    beforeAll(async () => {
      const [folder, port] = await Promise.all([buildApp(framework), deadPort()])
      service = await testAuth.listen()
      origin = `http://127.0.0.1:${port}`
      app = await serve(framework, framework.start, { folder, port, env: service.env })
    }, 180_000)
    afterAll(async () => {
      await app?.stop('SIGKILL')
      await service?.close()
    })
    for (const { name, run } of adapterCases.filter((one) => !(one.name in except))) {
      it(name, () => run({ origin, testAuth }))
    }
    it('come with the permission of the page, and with its route for API tokens', async () => {
      const headers = { ...NAVIGATION, ...FORM, host: 'app.example.test', origin: 'http://app.example.test' }
      const [method, path] = framework.publish
      for (const [groups, status] of [
        [['editors'], 200],
        [['others'], 403],
      ] as const) {
        const { cookie } = testAuth.signedIn({ email: `${groups[0]}@example.com`, isStaff: true, groups })
        const sent = { method, headers: { ...headers, cookie }, ...(method === 'POST' && { body: 'a=b' }) }
        expect((await send(origin + path, sent)).status, groups[0]).toBe(status)
      }
      if (framework.cards === undefined) return
      const owner = { email: 'ada@example.com', groups: ['team'] }
      const [able, unable] = [['cards.read'], []].map((scopes) => testAuth.apiToken({ ...owner, scopes }))
      expect((await send(origin + framework.cards, { headers: able?.headers ?? {} })).status).toBe(200)
      expect((await send(origin + framework.cards, { headers: unable?.headers ?? {} })).status).toBe(403)
    })
    it.each(Object.entries(except))('leave out: %s (%s)', async (name) => {
      const left = adapterCases.find((one) => one.name === name)
      await expect(
        left?.run({ origin, testAuth }),
        'the case passes: it need not be left out',
      ).rejects.toThrow()
    })
  })
}

async function open(framework: Framework): Promise<World> {
  const [folder, family, port] = await Promise.all([
    buildApp(framework),
    startFamily(FAST, { apps: false }),
    deadPort(),
  ])
  const url = `http://app3.demo.localhost:${port}`
  const app = await serve(framework, framework.start, { folder, port, env: settingsOf({ family, url }) })
  let count = 0
  return {
    url,
    folder,
    family,
    app,
    ask(path, cookie = '', { headers, ...more } = {}) {
      const own = { ...NAVIGATION, ...(cookie && { cookie }), ...headers }
      return send(url + path, { ...more, headers: own })
    },
    async newUser() {
      const email = `person-${++count}@example.com`
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const body = JSON.stringify({ email, password: PASSWORD })
      const answer = await send(`${family.auth.url}/register`, { method: 'POST', headers, body })
      const pairs = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] as string)
      const [access = '', refresh = ''] = BOTH.map(
        (name) => pairs.find((pair) => pair.startsWith(`${name}=`)) ?? '',
      )
      return {
        email,
        cookie: `${access}; ${refresh}`,
        expired: refresh,
        endSessions: () => endSessions(family, email),
      }
    },
  }
}

interface Place {
  readonly folder: string
  readonly port: number
  /** Its settings. */
  readonly env: Readonly<Record<string, string>>
}

const settingsOf = ({ family, url }: Pick<World, 'family' | 'url'>) => ({
  LOGIN_URL: `${family.auth.url}/login`,
  OWN_URL: url,
})

function serve(framework: Framework, start: Framework['start'], { folder, port, env }: Place) {
  const all = { PORT: String(port), HOST: '127.0.0.1', ...env, ...framework.env }
  return serveProgram(start, folder, all, framework.ready ?? /listening/i)
}

const endSessions = (family: RunningFamily, email: string) =>
  family.administer(async ({ users, sessions }) => {
    await sessions.endAll((await users.findByEmail(email))?.id ?? 0)
  })

function requests(framework: Framework, world: () => World): void {
  it('is recognised by the doctor, which signs in to it and finds nothing wrong', async () => {
    const { url, folder, family } = world()
    const doctor = startLatchkey(folder, ['doctor', '--json', `${url}/notes`], family.auth.env)
    const code = await doctor.ended
    // What it is checking comes before.
    const { findings } = JSON.parse(doctor.output().slice(doctor.output().indexOf('{')))
    const ofApp = findings.filter(({ check }: { check: string }) => check === url)
    expect([code, ofApp]).toEqual([
      0,
      expect.arrayContaining([
        { check: url, status: 'ok', what: `The app is on ${framework.name}.` },
        { check: url, status: 'ok', what: expect.stringContaining('renews the session itself') },
      ]),
    ])
  })

  it('compiles', () => runProgram(['tsc', '-p', '.', '--checkers', '1'], world().folder))

  it('leads strangers to the login page and back, knows users, and renews', async () => {
    const { ask, url, family, newUser } = world()
    const login = `${family.auth.url}/login?next=${encodeURIComponent(`${url}/notes?page=2`)}`
    const stranger = await ask('/notes?page=2')
    expect([stranger.status, stranger.headers.location]).toEqual([302, login])
    expect((await ask('/')).text).toContain('anonymous')

    const ada = await newUser()
    const known = await ask('/notes', ada.cookie)
    expect(known.text).toContain(`Notes of ${ada.email}`)
    expect([renewedOf(known), known.headers['cache-control']]).toEqual([[], 'private, no-store'])
    expect(known.headers.vary).toMatch(/\bcookie\b/i)
    for (const path of ['/', '/notes']) {
      const renewed = await ask(path, ada.expired)
      expect(renewed.text).toContain(ada.email)
      expect(renewedOf(renewed)).toEqual(BOTH)
    }
  })

  it.each(['/%6eotes', '/notes/', '//notes', '/./notes', '/NOTES', '/notes%2f', '/notes;a=b', '/notes?/../'])(
    'shows strangers no private page for another spelling of its address: %s',
    async (path) => {
      const { ask, family } = world()
      const answer = await ask(path)
      expect(answer.text).not.toContain('Notes of')
      const { location = '' } = answer.headers
      const isAsked = answer.status === 302 && location.startsWith(`${family.auth.url}/login?`)
      expect(isAsked || answer.status === 404 || /^(30[1278])$/.test(String(answer.status)), path).toBe(true)
    },
  )

  it.each(Object.entries(framework.errors))(
    'keeps the cookies of a renewal on the page of an error: %s',
    async (path, status) => {
      const { ask, newUser } = world()
      const answer = await ask(path, (await newUser()).expired)
      expect([answer.status, renewedOf(answer)]).toEqual([status, BOTH])
      expect(answer.text).not.toBe('')
      expect(answer.headers['cache-control']).toBe('private, no-store')
    },
  )

  it('keeps them on a redirect that a handler throws', async () => {
    const { ask, newUser } = world()
    const answer = await ask('/moved', (await newUser()).expired)
    expect([answer.status, renewedOf(answer)]).toEqual([302, BOTH])
  })

  it('takes a form that was sent after the token ended', async () => {
    const { ask, url, newUser } = world()
    const { expired } = await newUser()
    const headers = {
      ...FORM,
      origin: url,
      ...(framework.formType && { 'content-type': framework.formType }),
    }
    const answer = await ask(framework.form, expired, { method: 'POST', headers, body: 'text=hello+there' })
    expect([answer.status, renewedOf(answer)]).toEqual([200, BOTH])
    expect(answer.text).toContain('hello there')
  })

  it('refuses forms of other origins, also of siblings, and JSON of theirs', async () => {
    const { ask, family, newUser } = world()
    const { cookie, expired } = await newUser()
    for (const origin of ['https://stranger.example', family.notes.url]) {
      for (const type of [FORM['content-type'], 'application/json', 'text/plain']) {
        for (const one of [cookie, expired]) {
          const headers = { ...FORM, origin, 'content-type': type, 'sec-fetch-site': 'same-site' }
          const answer = await ask(framework.form, one, { method: 'POST', headers, body: 'text=hello' })
          expect([answer.status, renewedOf(answer)], `${origin} ${type}`).toEqual([
            expect.toSatisfy((status) => status === 403 || status === 400),
            [],
          ])
          expect(answer.text).not.toContain('hello')
        }
      }
    }
  })

  it('signs out at the button, also after the token ended', async () => {
    const { ask, url, newUser } = world()
    for (const name of ['cookie', 'expired'] as const) {
      const ada = await newUser()
      const headers = { ...FORM, origin: url }
      const answer = await ask('/sign-out', ada[name], { method: 'POST', headers, body: '' })
      expect([answer.status, answer.headers.location]).toEqual([303, `${url}/`])
      const lines = (answer.headers['set-cookie'] ?? []).filter((line) => line.startsWith('jwt.'))
      const deleted = lines.map((line) => /^(jwt\.\w+)=;.*Max-Age=0/.exec(line)?.[1])
      expect([...new Set(deleted)].sort()).toEqual(BOTH)
      expect((await ask('/notes', ada.expired)).status).toBe(302)
    }
  })

  it('streams', async () => {
    const { url, newUser } = world()
    const { expired } = await newUser()
    const { port, host } = new URL(url)
    const request = get({ port, host: '127.0.0.1', path: '/stream', headers: { host, cookie: expired } })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    onTestFinished(() => void response.destroy())
    expect(String((await once(response, 'data'))[0])).toBe('one')
    expect(response.headers['set-cookie']).toHaveLength(2)
  })

  it.each(framework.files)('leaves files and prerendered pages to caches: %s', async (path) => {
    const { ask, newUser } = world()
    const { expired } = await newUser()
    for (const cookie of ['', expired]) {
      const answer = await ask(path, cookie)
      expect([answer.status, renewedOf(answer)]).toEqual([200, []])
      expect(answer.headers['cache-control'] ?? '').not.toMatch(/private|no-store/)
      expect(answer.headers.vary ?? '').not.toMatch(/cookie/i)
    }
  })

  const { data } = framework
  if (data !== undefined)
    it('renews with the data of a page, too', async () => {
      const { ask, newUser } = world()
      const ada = await newUser()
      const headers = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
      const answer = await ask(data, ada.expired, { headers })
      expect([answer.status, renewedOf(answer)]).toEqual([200, BOTH])
      expect(answer.text).toContain(ada.email)
    })

  it('ends with SIGTERM', async () => {
    const port = await deadPort()
    const app = await serve(framework, framework.standalone ?? framework.start, {
      folder: world().folder,
      port,
      env: settingsOf(world()),
    })
    onTestFinished(async () => void (await app.stop('SIGKILL')))
    // The first user opens the feed.
    const { cookie } = await world().newUser()
    await send(`http://app3.demo.localhost:${port}/notes`, { headers: { ...NAVIGATION, cookie } })
    expect(await app.stop()).toBeOneOf([0, 'SIGTERM'])
  })
}

type Browsing = () => { world: World; browser: Browser }

/** Registers a user on the way to the app's page. */
async function arrive(page: Page, { family, url }: World, path: string): Promise<string> {
  const email = `visitor-${crypto.randomUUID().slice(0, 8)}@example.com`
  await page.goto(`${family.auth.url}/register?next=${encodeURIComponent(url + path)}`)
  await fill(page, { Email: email, Password: PASSWORD })
  await press(page, 'Create account')
  await page.waitForURL(url + path)
  return email
}

const expire = (context: BrowserContext) => context.clearCookies({ name: 'jwt.access' })
const loginFor = ({ family, url }: World, path: string) =>
  `${family.auth.url}/login?next=${encodeURIComponent(url + path)}`

/** Whether this page is still the document that was loaded. */
async function staysLoaded(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate('window.isLoaded = true')
  return () => page.evaluate('window.isLoaded === true')
}

function scripts(given: Browsing): void {
  it('renews while the user follows links in the page', async () => {
    const { world, browser } = given()
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, world, '/')
      await page.waitForLoadState('networkidle')
      const isLoaded = await staysLoaded(page)
      await expire(context)
      await follow(page, 'Notes')
      await eventually(async () => expect(await heading(page)).toBe(`Notes of ${email}`))
      expect(await isLoaded()).toBe(true)
      const names = (await context.cookies(world.url)).map(({ name }) => name).sort()
      expect(names).toEqual(expect.arrayContaining(BOTH))
    })
  })

  it('leads a link and a form of the page to the login page once the session is over, and back', async () => {
    const { world, browser } = given()
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, world, '/')
      const end = async () => {
        await page.waitForLoadState('networkidle')
        await endSessions(world.family, email)
        await expire(context)
      }
      await end()
      await follow(page, 'Notes')
      await page.waitForURL(loginFor(world, '/notes'))
      await signIn(page, email, PASSWORD)
      await page.waitForURL(`${world.url}/notes`)
      expect(await heading(page)).toBe(`Notes of ${email}`)
      await end()
      await fill(page, { Text: 'typed' })
      await press(page, 'Add')
      await page.waitForURL(loginFor(world, '/notes'))
      await signIn(page, email, PASSWORD)
      await page.waitForURL(`${world.url}/notes`)
    })
  })
}

function journeys(given: Browsing): void {
  it('serves a user in the browser: signs in, takes a form with an ended token, signs out', async () => {
    const { world, browser } = given()
    await inContext(browser, {}, async (page, context) => {
      const email = await arrive(page, world, '/notes')
      await page.waitForLoadState('networkidle')
      expect(await heading(page)).toBe(`Notes of ${email}`)
      await expire(context)
      await fill(page, { Text: 'typed with care' })
      await press(page, 'Add')
      await page.getByText('typed with care').waitFor()
      await page.goto(`${world.url}/`)
      await press(page, 'Sign out')
      await page.getByText('anonymous').waitFor()
      await page.goto(`${world.url}/notes`)
      await page.waitForURL(loginFor(world, '/notes'))
    })
  })
}
