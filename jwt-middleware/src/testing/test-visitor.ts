import type { CookieNames } from '../contract/cookies.ts'
import { domainOf, type FakeAuthService, type FakeSession } from './fake-auth-service.ts'
import { completePerson, type TestPerson } from './test-person.ts'

/** A cookie as Playwright's `storageState` has it; `expires` in seconds since 1970. */
export interface StoredCookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly path: string
  readonly expires: number
  readonly httpOnly: boolean
  readonly secure: boolean
  readonly sameSite: 'Lax'
}

/** A browser in which a user is signed in. */
export interface TestVisitor {
  readonly uuid: string
  /** The session's id, as in the claim `sid`. */
  readonly sessionId: string
  /** The cookies as a `Cookie` header has them. */
  readonly cookie: string
  /** The headers of a request by this browser. */
  readonly headers: { readonly cookie: string }
  /** The headers of a request by a program with the access token. */
  readonly bearer: { readonly authorization: string }
  /** The cookies for `browser.newContext({ storageState })` or `test.use({ storageState })` of Playwright. */
  storageState(): { cookies: StoredCookie[]; origins: [] }
  /** Keeps the cookies that a response sets, as a browser does: renewed ones, or none after a sign-out. */
  receive(response: { readonly headers: Headers }): void
  /**
   * An access token of this session with these claims instead of its own, for what an app refuses or renews: `{ aud:
   * 'elsewhere.example' }`, or `{ exp: 0 }`. The cookies stay as they are.
   */
  accessToken(claims?: Readonly<Record<string, unknown>>): string
  /** Changes the user, as an administrator does: apps renew the token at the next request. */
  change(person: Omit<TestPerson, 'uuid'>): void
  /** Ends this session at the auth service, as a sign-out elsewhere does. Apps hear of it at once. */
  endSession(): void
}

export interface VisitorOptions {
  readonly service: FakeAuthService
  readonly session: FakeSession
  readonly cookieDomain: string
  readonly cookies: CookieNames
  /** Whether apps see the refresh cookie. */
  readonly seesRefresh: boolean
  /** The real time in ms: browsers do not know the test's clock. */
  readonly now: () => number
}

export function createVisitor(options: VisitorOptions): TestVisitor {
  const { service, session, cookieDomain, cookies, seesRefresh, now } = options
  const names = seesRefresh ? [cookies.access, cookies.refresh] : [cookies.access]
  const jar = new Map<string, StoredCookie>()

  function keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at)
      const maxAge = Number(attributes.find((text) => /^max-age=/i.test(text))?.slice(8))
      jar.delete(name)
      if (!names.includes(name) || maxAge === 0) continue
      const domain = domainOf(cookieDomain)
      jar.set(name, {
        name,
        value: pair.slice(at + 1),
        domain: domain === undefined ? cookieDomain : `.${domain}`,
        path: '/',
        expires: Math.floor(now() / 1000) + maxAge,
        httpOnly: true,
        secure: attributes.includes('Secure'),
        sameSite: 'Lax',
      })
    }
  }

  const header = () => [...jar.values()].map(({ name, value }) => `${name}=${value}`).join('; ')

  keep(service.setCookies(session))
  return {
    uuid: session.uuid,
    sessionId: session.id,
    get cookie() {
      return header()
    },
    get headers() {
      return { cookie: header() }
    },
    get bearer() {
      return { authorization: `Bearer ${jar.get(cookies.access)?.value ?? ''}` }
    },
    storageState: () => ({ cookies: [...jar.values()], origins: [] }),
    receive: ({ headers }) => keep(headers.getSetCookie()),
    accessToken: (claims = {}) => service.accessToken(session, claims),
    change(person) {
      service.change(completePerson('change()', { ...service.read(session.uuid), ...person }))
    },
    endSession: () => service.end(session),
  }
}
