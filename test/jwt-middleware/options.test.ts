import { describe, expect, it } from 'vitest'
import { opaqueToken } from '../../jwt-middleware/src/contract/opaque-token.ts'
import { type AuthOptions, readOptions } from '../../jwt-middleware/src/options.ts'

const ENV = { LOGIN_URL: 'https://auth.example.com/login', OWN_URL: 'https://app1.example.com' }
const problemsOf = (options: object, env: Record<string, string> = ENV): string => {
  try {
    readOptions(options as AuthOptions, env)
    return ''
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_options' })
    return (error as Error).message
  }
}

describe("The middleware's options", () => {
  it('need only LOGIN_URL and OWN_URL', () => {
    expect(readOptions({}, ENV)).toMatchObject({
      loginUrl: 'https://auth.example.com/login',
      ownOrigin: 'https://app1.example.com',
      issuer: 'https://auth.example.com',
      internalOrigin: 'https://auth.example.com',
      cookies: { access: '__Secure-jwt.access', refresh: '__Secure-jwt.refresh' },
      provisioning: 'create',
      requireLogin: false,
      cacheSize: 20_000,
      clockTolerance: 30,
      whenFeedIsStale: 'accept',
    })
  })

  it('take the rest from the environment, too, and prefer the code', () => {
    const env = {
      ...ENV,
      AUTH_INTERNAL_URL: 'http://10.0.0.7:4000',
      COOKIE_PREFIX: 'org.example.jwt',
      REFRESH_COOKIE: 'auth',
    }
    expect(readOptions({}, env)).toMatchObject({
      internalOrigin: 'http://10.0.0.7:4000',
      cookies: { access: 'org.example.jwt.access', refresh: '__Host-org.example.jwt.refresh' },
    })
    expect(readOptions({ ownUrl: 'https://app9.example.com', cookiePrefix: 'x' }, env)).toMatchObject({
      ownOrigin: 'https://app9.example.com',
      cookies: { access: 'x.access' },
    })
  })

  it('ask the auth service with the fetch of the app, if there is one', () => {
    const env = { ...ENV, LOGIN_URL: 'http://auth.team.localhost:4000/login' }
    const fetch = async () => new Response()
    expect(readOptions({ fetch }, env).fetch).toBe(fetch)
    expect(readOptions({}, env).fetch).not.toBe(globalThis.fetch)
    const elsewhere = { ...env, AUTH_INTERNAL_URL: 'http://127.0.0.1:4000' }
    expect(readOptions({}, elsewhere).fetch).toBe(globalThis.fetch)
  })

  describe('for credentials', () => {
    const AUTH_CLIENT_ID = 'A'.repeat(22)
    const AUTH_CLIENT_SECRET = opaqueToken('app_secret', new Uint8Array(32))

    it('are both or neither', () => {
      expect(readOptions({}, ENV).client).toBeNull()
      const env = { ...ENV, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET }
      const client = { clientId: AUTH_CLIENT_ID, clientSecret: AUTH_CLIENT_SECRET }
      expect(readOptions({}, env).client).toEqual(client)
      expect(readOptions(client, ENV).client).toEqual(client)
      expect(readOptions({}, { ...ENV, AUTH_CLIENT_ID: '', AUTH_CLIENT_SECRET: '' }).client).toBeNull()
      expect(problemsOf({}, { ...ENV, AUTH_CLIENT_ID })).toContain('AUTH_CLIENT_SECRET is missing')
      expect(problemsOf({}, { ...ENV, AUTH_CLIENT_SECRET })).toContain('AUTH_CLIENT_ID is missing')
    })

    it('have their form, and are not shown', () => {
      const turned = { AUTH_CLIENT_ID: AUTH_CLIENT_SECRET, AUTH_CLIENT_SECRET: AUTH_CLIENT_ID }
      const problems = problemsOf({}, { ...ENV, ...turned })
      expect(problems).toContain('AUTH_CLIENT_ID is not a client ID')
      expect(problems).toContain('AUTH_CLIENT_SECRET is not a complete client secret')
      expect(problems).not.toMatch(/AAAA|lks_0/)
    })

    it('go with what the app accepts', () => {
      expect(readOptions({}, ENV).accept).toBe('both')
      expect(problemsOf({ accept: 'none' })).toContain(
        'accept is "none". Set it to "cookies", "tokens" or "both"',
      )
    })
  })

  it('treat an empty setting as unset', () => {
    const env = { ...ENV, COOKIE_PREFIX: '', REFRESH_COOKIE: '', AUTH_INTERNAL_URL: '' }
    expect(readOptions({}, env)).toEqual({
      ...readOptions({}, ENV),
      users: expect.anything(),
      clock: expect.anything(),
    })
  })

  it('use no prefix over http, where browsers reject it', () => {
    const env = {
      LOGIN_URL: 'http://auth.demo.localhost:4000/login',
      OWN_URL: 'http://app1.demo.localhost:4001',
    }
    expect(readOptions({}, env).cookies.access).toBe('jwt.access')
  })

  it('report every problem at once, each with its remedy', () => {
    const problems = problemsOf(
      {
        provisioning: 'some',
        clockTolerance: 61,
        cacheSize: 0,
        trustedOrigins: ['app2'],
        refreshCookie: 'x',
        whenFeedIsStale: 'ignore',
      },
      { COOKIE_PREFIX: 'a b' },
    )
    for (const part of [
      /LOGIN_URL.*https:\/\/auth\.example\.com\/login/,
      /OWN_URL is not set.*https:\/\/app1/,
      /COOKIE_PREFIX/,
      /REFRESH_COOKIE is "x"\. Set it to family or auth/,
      /provisioning is "some"\. Set it to "create" or "existing"/,
      /cacheSize is 0\. Set it to a whole number/,
      /clockTolerance is 61\. Set it to a number of seconds from 0 to 60/,
      /whenFeedIsStale/,
      /One of trustedOrigins.*Include the scheme/,
    ]) {
      expect(problems).toMatch(part)
    }
  })

  it.each([
    ['a tolerance that is text', { clockTolerance: '30' }, /clockTolerance is 30\. Set it to a number/],
    ['a tolerance that is no number', { clockTolerance: Number.NaN }, /clockTolerance/],
    ['a cache size that is text', { cacheSize: '100' }, /cacheSize/],
    ['one path instead of a list', { exempt: '/public' }, /exempt is not a list of paths/],
    ['a path without a slash', { exempt: ['public'] }, /Start each path with a slash/],
    ['a word instead of a boolean', { requireLogin: 'no' }, /requireLogin/],
    [
      'one origin instead of a list',
      { trustedOrigins: 'https://app2.example.com' },
      /trustedOrigins is not a list/,
    ],
    ['an invalid store', { users: () => {} }, /users is not a store.*sqliteUsers/],
    ['an invalid logger', { log: {} }, /log is not a logger.*pino/],
    [
      'an issuer with a path',
      { issuer: 'https://auth.example.com/x' },
      /The option issuer must be an origin/,
    ],
  ])('reject %s', (_, options, problem) => {
    expect(problemsOf(options)).toMatch(problem)
  })

  it.each(['http', 'auth.example.com/login', 'ftp://auth.example.com/', '/login'])(
    'reject %s as LOGIN_URL',
    (url) => {
      expect(problemsOf({ loginUrl: url })).toMatch(/LOGIN_URL/)
    },
  )

  it('reject unknown options, and list the known ones', () => {
    expect(problemsOf({ loginURL: 'https://auth.example.com/login' })).toMatch(/"loginURL".*loginUrl/)
  })
})
