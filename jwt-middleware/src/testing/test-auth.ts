import { cookieNames, isWithinDomain, type RefreshCookieScope } from '../contract/cookies.ts'
import { refuseInvalidOptions, refuseUnknownOptions } from '../contract/errors.ts'
import { OPAQUE_BYTES, opaqueToken } from '../contract/opaque-token.ts'
import { readOrigin } from '../contract/urls.ts'
import type { AuthOptions } from '../options.ts'
import { createFakeAuthService } from './fake-auth-service.ts'
import { refuseProduction } from './refuse-production.ts'
import {
  readTestApiToken,
  type TestApiToken,
  type TestApiTokenOptions,
  testApiToken,
} from './test-api-token.ts'
import { serveFakeAuthService, type TestAuthServer } from './test-auth-server.ts'
import { createTestClock, type TestClock } from './test-clock.ts'
import { createTestKeys } from './test-keys.ts'
import { completePerson, type TestPerson } from './test-person.ts'
import { createVisitor, type TestVisitor } from './test-visitor.ts'

export interface TestAuthOptions {
  /** The app's origin in the test. Default: `http://localhost`, as in `app.request('/path')` of Hono. */
  readonly ownUrl?: string
  /** The login page. It is never opened. Default: `http://auth.latchkey.test/login`. */
  readonly loginUrl?: string
  /** The family's domain, for tests of several apps. Default: the host of `ownUrl`. */
  readonly cookieDomain?: string
  /** Whether apps see the refresh cookie (`family`) or not (`auth`). Default: `family`. */
  readonly refreshCookie?: RefreshCookieScope
  /** The clock that the test's clock follows, in ms. Default: `Date.now`. */
  readonly now?: () => number
}

/** The options that make `auth()` accept this test's tokens, and no others. */
export type TestedOptions = Required<
  Pick<
    AuthOptions,
    | 'loginUrl'
    | 'ownUrl'
    | 'cookiePrefix'
    | 'refreshCookie'
    | 'clientId'
    | 'clientSecret'
    | 'keys'
    | 'revocations'
    | 'fetch'
    | 'now'
  >
>

/** Signs users in to the app under test, without an auth service and without a network. */
export interface TestAuth {
  /** Pass them on: `auth({ ...testAuth.options, users })`. */
  readonly options: TestedOptions
  /** A browser in which this user is signed in. */
  signedIn(person?: TestPerson): TestVisitor
  /** A program with an API token of this user, or of another app. */
  apiToken(options?: TestApiTokenOptions): TestApiToken
  /** The clock of the app and of the tokens. An access token ends after 300 s, plus the app's clock tolerance. */
  readonly clock: TestClock
  /** The fake auth service. While it is stopped, tokens are not renewed. */
  readonly authService: {
    stop(): void
    start(): void
    /** How often apps have asked for this path, for example `/refresh`. */
    requests(path: string): number
  }
  /**
   * Serves the fake auth service on a free port of 127.0.0.1, for an app in another process or another language. Such an
   * app has a clock of its own: leave `clock` alone.
   */
  listen(): Promise<TestAuthServer>
  /** Deletes a user at the auth service. */
  deleteUser(uuid: string): void
}

const KNOWN: readonly (keyof TestAuthOptions)[] = [
  'ownUrl',
  'loginUrl',
  'cookieDomain',
  'refreshCookie',
  'now',
]

/** The fake auth service knows one app. */
const CREDENTIALS = {
  clientId: 'test-client-----------',
  clientSecret: opaqueToken('app_secret', new Uint8Array(OPAQUE_BYTES)),
}

/**
 * Keys, sessions and an auth service that exist in this process only.
 * @throws LatchkeyError `testing_in_production` if `NODE_ENV` is `production`, and `invalid_options`
 */
export function createTestAuth(options: TestAuthOptions = {}): TestAuth {
  refuseProduction('createTestAuth()')
  refuseUnknownOptions('createTestAuth()', options, KNOWN)
  const { loginUrl = 'http://auth.latchkey.test/login', refreshCookie = 'family' } = options
  const own = readOrigin('The option ownUrl', options.ownUrl ?? 'http://localhost')
  const login = URL.parse(loginUrl)
  const host = own.ok ? new URL(own.value).hostname : ''
  const { cookieDomain = host } = options
  const problems = [
    !own.ok && own.reason,
    (login === null || !/^https?:$/.test(login.protocol)) && `loginUrl "${loginUrl}" is not an http(s) URL.`,
    own.ok &&
      !isWithinDomain(host, cookieDomain) &&
      `cookieDomain is "${cookieDomain}". Set it to the host of ownUrl, or to a domain above it.`,
  ]
  refuseInvalidOptions(
    'createTestAuth()',
    problems.filter((problem) => typeof problem === 'string'),
  )

  const issuer = (login as URL).origin
  const https = issuer.startsWith('https:')
  const prefix = https ? '__Secure-jwt' : 'jwt'
  const cookies = cookieNames({ https, prefix, refreshScope: refreshCookie })
  const { now: realTime = Date.now } = options
  const clock = createTestClock(realTime)
  const keys = createTestKeys()
  const service = createFakeAuthService({ issuer, cookieDomain, cookies, keys, now: clock.now })
  return {
    options: {
      loginUrl,
      ownUrl: own.ok ? own.value : '',
      cookiePrefix: prefix,
      refreshCookie,
      ...CREDENTIALS,
      keys: keys.source,
      revocations: service.revocations,
      fetch: service.fetch,
      now: clock.now,
    },
    signedIn(person = {}) {
      const session = service.signIn(completePerson('signedIn()', person))
      const seesRefresh = refreshCookie === 'family'
      return createVisitor({ service, session, cookieDomain, cookies, seesRefresh, now: realTime })
    },
    apiToken(options = {}) {
      const issued = service.issueToken(readTestApiToken('apiToken()', options))
      return testApiToken(issued, () => service.revokeToken(issued))
    },
    clock,
    authService: { stop: service.stop, start: service.start, requests: service.requests },
    listen: () =>
      serveFakeAuthService(service, clock.now, {
        LOGIN_URL: loginUrl,
        OWN_URL: own.ok ? own.value : '',
        COOKIE_PREFIX: prefix,
        REFRESH_COOKIE: refreshCookie,
        AUTH_CLIENT_ID: CREDENTIALS.clientId,
        AUTH_CLIENT_SECRET: CREDENTIALS.clientSecret,
      }),
    deleteUser: service.remove,
  }
}
