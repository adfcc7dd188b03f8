import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockOff, type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor, NAVIGATION, type Visit, type Visitor } from '../support/visitor.ts'

const PASSWORD = 'a long walk by the sea'
let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ LOG_LEVEL: 'warn' })
})
afterAll(() => family.close())

let count = 0
/** A new user, registered with the auth service, who has not visited an app yet. */
async function newcomer(): Promise<{ visitor: Visitor; email: string }> {
  const visitor = createVisitor()
  const email = `person-${++count}@example.com`
  const fields = { email, password: PASSWORD, first_name: 'Ada', last_name: 'Lovelace' }
  await visitor.submit(await visitor.visit(`${family.auth.url}/register`), '/register', fields)
  return { visitor, email }
}

/** Follows redirects like a browser, and counts those by the auth service. */
async function walk(visitor: Visitor, url: string): Promise<{ end: Visit; sentOn: number }> {
  let end = await visitor.request(url, { headers: NAVIGATION })
  let sentOn = 0
  for (let hops = 0; end.location !== null && hops < 20; hops++) {
    const { origin, pathname } = new URL(end.url)
    if (origin === family.auth.url && pathname === '/login') sentOn++
    end = await visitor.request(new URL(end.location, end.url).href, { headers: NAVIGATION })
  }
  return { end, sentOn }
}

const wordsOf = ({ html }: Visit) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

/** Each with settings that make it reject every token, and what the page must say then. */
const REFUSING: [string, (url: string) => Record<string, string>, RegExp, sends?: number][] = [
  [
    'whose clock is six minutes ahead',
    (url) => ({ OWN_URL: url, ...clockOff(360) }),
    /A clock is wrong.* is (359|36[01]) s ahead.*Reason it gave expired/,
  ],
  [
    'whose clock is five minutes behind',
    (url) => ({ OWN_URL: url, ...clockOff(-300) }),
    /A clock is wrong.* is (299|30[01]) s behind.*Reason it gave not_yet_valid/,
  ],
  [
    'that expects another issuer',
    (url) => ({
      OWN_URL: url,
      LOGIN_URL: `http://login.demo.localhost:${new URL(family.auth.url).port}/login`,
    }),
    /expects sign-ins from an address other than http:\/\/auth\.demo\.localhost:\d+\..*wrong_issuer/,
  ],
  [
    'that looks for cookies of another name',
    (url) => ({ OWN_URL: url, COOKIE_PREFIX: 'other' }),
    /receives no sign-in from this browser, or it rejects this account.*set its COOKIE_PREFIX/,
    5,
  ],
]

describe('An app that rejects signed-in users', () => {
  it.each(REFUSING)(
    '%s: users soon see the reason instead of the app',
    async (_, settings, words, sends = 2) => {
      const app = await family.double('notes', settings)
      const { visitor } = await newcomer()
      const { end, sentOn } = await walk(visitor, `${app.url}/notes`)
      expect([end.status, sentOn]).toEqual([409, sends])
      expect(wordsOf(end)).toMatch(words)
      expect((await visitor.visit(`${family.notes.url}/notes`)).status, 'other apps go on').toBe(200)
      const warnings = family.auth.output().match(/login_loop/g) ?? []
      expect(warnings.length).toBeGreaterThan(0)
      expect(family.auth.output()).not.toContain(await visitor.cookie(family.auth.url, 'jwt.access'))
      await app.stop()
    },
  )

  it('and is at a foreign URL: users see the reason at once', async () => {
    const app = await family.double('notes', (url) => ({
      OWN_URL: url.replace('app1.demo.localhost', 'app1.elsewhere.localhost'),
    }))
    const { visitor } = await newcomer()
    const { end, sentOn } = await walk(visitor, `${app.url}/notes`)
    expect([end.status, sentOn]).toEqual([409, 0])
    expect(wordsOf(end)).toMatch(/app1\.elsewhere\.localhost is not at or under demo\.localhost.*OWN_URL/)
    await app.stop()
  })

  it('because a sibling host set a cookie for some of its paths: users see that', async () => {
    const [{ visitor }, { visitor: other }] = [await newcomer(), await newcomer()]
    const planted = await other.cookie(family.auth.url, 'jwt.access')
    const notes = `${family.notes.url}/notes`
    await visitor.jar.setCookie(
      `jwt.access=${planted}; Domain=demo.localhost; Path=/notes`,
      family.teamBoard.url,
    )
    const { end, sentOn } = await walk(visitor, notes)
    expect([end.status, sentOn]).toEqual([409, 2])
    expect(wordsOf(end)).toMatch(
      /Another host has set a cookie named jwt\.access.*Reason it gave conflicting/,
    )
  })
})

describe('A browser without cookies', () => {
  it('of any kind is told so when it sends the form', async () => {
    const { email } = await newcomer()
    const visitor = createVisitor()
    visitor.jar.setCookie = (async () => undefined) as never
    const login = await visitor.visit(`${family.notes.url}/notes`)
    const end = await visitor.submit(login, '/login', { email, password: PASSWORD })
    expect([end.status, new URL(end.url).pathname]).toEqual([403, '/login'])
    expect(wordsOf(end)).toContain('llow cookies for this site')
  })

  it('shared by a domain is told so when it returns', async () => {
    const { email } = await newcomer()
    const visitor = createVisitor()
    const keep = visitor.jar.setCookie.bind(visitor.jar)
    visitor.jar.setCookie = (async (line: string, url: string) =>
      /; Domain=/.test(line) ? undefined : keep(line, url, {})) as never
    const login = await visitor.visit(`${family.notes.url}/notes`)
    const end = await visitor.submit(login, '/login', { email, password: PASSWORD })
    expect([end.status, new URL(end.url).pathname]).toEqual([200, '/login'])
    expect(wordsOf(end)).toContain('your browser did not keep the cookie')
  })
})
