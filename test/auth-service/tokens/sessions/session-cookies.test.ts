import { describe, expect, it } from 'vitest'
import { parseCookies } from '../../../../auth-service/src/platform/client/host-cookies.ts'
import {
  createSessionCookies,
  createSessionSecrets,
} from '../../../../auth-service/src/tokens/sessions/session-cookies.ts'
import { testConfig } from '../../support/services.ts'

const ACCESS = { token: 'aaa', ttl: 300 }
const REFRESH = { token: 'rrr', ttl: 432_000 }
const SECRET = { token: 'value', ttl: 60 }
const HTTPS = { authUrl: 'https://auth.example.com', https: true, cookieDomain: 'example.com' }

describe('The two cookies', () => {
  it('are Secure over https, with names that only https can set', () => {
    expect(createSessionCookies(testConfig(HTTPS)).set(ACCESS, REFRESH)).toEqual([
      '__Secure-jwt.access=aaa; Domain=example.com; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Lax',
      '__Secure-jwt.refresh=rrr; Domain=example.com; Path=/; Max-Age=432000; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  it('are not Secure over http, where browsers would reject that', () => {
    expect(createSessionCookies(testConfig()).set(ACCESS, REFRESH)).toEqual([
      'jwt.access=aaa; Domain=demo.localhost; Path=/; Max-Age=300; HttpOnly; SameSite=Lax',
      'jwt.refresh=rrr; Domain=demo.localhost; Path=/; Max-Age=432000; HttpOnly; SameSite=Lax',
    ])
  })

  it('confine the refresh token to the auth service when REFRESH_COOKIE says so', () => {
    const [access, refresh] = createSessionCookies(testConfig({ ...HTTPS, refreshCookie: 'auth' })).set(
      ACCESS,
      REFRESH,
    )
    expect(access).toContain('Domain=example.com')
    expect(refresh).toBe('__Host-jwt.refresh=rrr; Path=/; Max-Age=432000; HttpOnly; Secure; SameSite=Lax')
    const [, overHttp] = createSessionCookies(testConfig({ refreshCookie: 'auth' })).set(ACCESS, REFRESH)
    expect(overHttp).toBe('jwt.refresh=rrr; Path=/; Max-Age=432000; HttpOnly; SameSite=Lax')
  })

  it('are session cookies unless the session should outlive the browser', () => {
    expect(createSessionCookies(testConfig()).set(ACCESS, REFRESH, false)).toEqual([
      'jwt.access=aaa; Domain=demo.localhost; Path=/; HttpOnly; SameSite=Lax',
      'jwt.refresh=rrr; Domain=demo.localhost; Path=/; HttpOnly; SameSite=Lax',
    ])
  })

  it('have the prefix from COOKIE_PREFIX', () => {
    const cookies = createSessionCookies(testConfig({ cookiePrefix: 'org.breakthesystem.jwt' }))
    expect(cookies.set(ACCESS, REFRESH).map((line) => line.split('=')[0])).toEqual([
      'org.breakthesystem.jwt.access',
      'org.breakthesystem.jwt.refresh',
    ])
  })

  it.each([{}, HTTPS, { ...HTTPS, refreshCookie: 'auth' as const }])(
    'are deleted with the attributes they were set with: %o',
    (changes) => {
      const cookies = createSessionCookies(testConfig(changes))
      const deleted = cookies.set({ token: '', ttl: 0 }, { token: '', ttl: 0 })
      expect(cookies.clear()).toEqual(deleted)
      expect(cookies.clear().every((line) => line.includes('=; ') && line.includes('Max-Age=0'))).toBe(true)
    },
  )

  it('are deleted under every domain for which a host of the family can have set them', () => {
    const deep = { authUrl: 'https://auth.login.example.com', https: true, cookieDomain: 'example.com' }
    const domainsOf = (lines: string[]) =>
      lines.map((line) => [line.split('=')[0], line.match(/Domain=([^;]*)/)?.[1]])
    const domains = [undefined, 'auth.login.example.com', 'login.example.com', 'example.com']
    const both = createSessionCookies(testConfig(deep)).clearAll()
    expect(domainsOf(both)).toEqual(
      ['__Secure-jwt.access', '__Secure-jwt.refresh'].flatMap((name) =>
        domains.map((domain) => [name, domain]),
      ),
    )
    expect(both.every((line) => line.includes('=; ') && line.includes('Max-Age=0; HttpOnly; Secure'))).toBe(
      true,
    )
    const own = createSessionCookies(testConfig({ ...deep, refreshCookie: 'auth' })).clearAll()
    expect(domainsOf(own).slice(4)).toEqual([['__Host-jwt.refresh', undefined]])
    const bare = { ...HTTPS, authUrl: 'https://example.com' }
    expect(domainsOf(createSessionCookies(testConfig(bare)).clearAll()).map(([, domain]) => domain)).toEqual([
      undefined,
      'example.com',
      undefined,
      'example.com',
    ])
  })

  const gone = (name: string, domain: string | undefined) =>
    `${name}=; ${domain ? `Domain=${domain}; ` : ''}Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`
  const PREVIOUS = {
    authUrl: 'https://auth.apps.example.com',
    https: true,
    cookieDomain: 'apps.example.com',
    previousCookies: [
      { prefix: '__Secure-jwt', domain: 'example.com' },
      { prefix: 'org.example.jwt', domain: 'apps.example.com' },
    ],
  }
  const OWN = [
    gone('__Secure-jwt.access', 'apps.example.com'),
    gone('__Secure-jwt.refresh', 'apps.example.com'),
  ]

  it('are deleted with all others of ours that the browser sends: former names, former domains, the other scope', () => {
    const cookies = createSessionCookies(testConfig(PREVIOUS))
    const cleared = (...names: string[]) => {
      const header = names.map((name) => `${name}=x`).join('; ')
      return cookies.clear(parseCookies(header)).slice(2)
    }
    expect(cookies.clear().slice(0, 2)).toEqual(OWN)
    expect(cleared()).toEqual([])
    expect(cleared('other', '__Host-csrf', 'x__Secure-jwt.access')).toEqual([])
    expect(cleared('__Secure-jwt.access')).toEqual([gone('__Secure-jwt.access', 'example.com')])
    expect(cleared('org.example.jwt.refresh', 'org.example.jwt.refresh')).toEqual([
      gone('org.example.jwt.refresh', 'apps.example.com'),
    ])
    expect(cleared('__Host-jwt.refresh', '__Host-org.example.jwt.refresh')).toEqual([
      gone('__Host-jwt.refresh', undefined),
      gone('__Host-org.example.jwt.refresh', undefined),
    ])
  })

  it('are deleted in the other scope if the browser sends them, and always in the current one', () => {
    const auth = createSessionCookies(testConfig({ ...HTTPS, refreshCookie: 'auth' }))
    const present = [gone('__Secure-jwt.access', 'example.com'), gone('__Host-jwt.refresh', undefined)]
    expect(auth.clear()).toEqual(present)
    expect(auth.clear(parseCookies('__Host-jwt.refresh=a; __Secure-jwt.refresh=b'))).toEqual([
      ...present,
      gone('__Secure-jwt.refresh', 'example.com'),
    ])
    // Over http both scopes use one name, and the browser does not say which cookie it has.
    const plain = createSessionCookies(testConfig())
    expect(plain.clear(parseCookies('jwt.refresh=a')).slice(2)).toEqual([
      'jwt.refresh=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    ])
  })

  it('are deleted with former ones when they are mixed up, and kept after a sign-in', () => {
    const cookies = createSessionCookies(testConfig(PREVIOUS))
    const header = '__Secure-jwt.refresh=a; __Secure-jwt.refresh=b; org.example.jwt.access=c'
    const leftovers = [
      gone('__Secure-jwt.refresh', 'example.com'),
      gone('org.example.jwt.access', 'apps.example.com'),
    ]
    expect(cookies.clearAll(parseCookies(header))).toEqual([...cookies.clearAll(), ...leftovers])
    expect(cookies.clearLeftovers(parseCookies(header))).toEqual(leftovers)
    expect(cookies.clearLeftovers(parseCookies(undefined))).toEqual([])
  })

  it('are rejected when browsers would drop them', () => {
    const huge = { token: 'x'.repeat(4096), ttl: 300 }
    const { set } = createSessionCookies(testConfig())
    expect(() => set(huge, REFRESH)).toThrow(expect.objectContaining({ code: 'cookie_too_large' }))
    expect(() => set(ACCESS, huge)).toThrow(expect.objectContaining({ code: 'cookie_too_large' }))
  })
})

describe('The tokens in a Cookie header', () => {
  const cookies = createSessionCookies(testConfig())

  it('are all values of the name, each once', () => {
    const header = 'a=1; jwt.refresh=one; jwt.access=acc; jwt.refresh=two; jwt.refresh=one; xjwt.refresh=no'
    expect(cookies.refreshTokens(parseCookies(header))).toEqual(['one', 'two'])
    expect(cookies.accessTokens(parseCookies(header))).toEqual(['acc'])
  })

  it('are none without a header or such a cookie', () => {
    expect(cookies.refreshTokens(parseCookies(undefined))).toEqual([])
    expect(cookies.accessTokens(parseCookies('jwt.refresh=one'))).toEqual([])
  })

  it('are found under every former name, to end their sessions', () => {
    const previousCookies = [{ prefix: 'old', domain: 'demo.localhost' }]
    const header = 'jwt.refresh=1; old.refresh=2; old.access=3; jwt.access=4; old.refresh=5; cold.refresh=6'
    expect(createSessionCookies(testConfig({ previousCookies })).everIssued(parseCookies(header))).toEqual({
      access: ['4', '3'],
      refresh: ['1', '2', '5'],
    })
    expect(cookies.everIssued(parseCookies(undefined))).toEqual({ access: [], refresh: [] })
  })

  it('are all that arrived, in any number', () => {
    const many = Array.from({ length: 20 }, (_, index) => `jwt.refresh=${index}`).join('; ')
    expect(cookies.refreshTokens(parseCookies(many))).toHaveLength(20)
  })
})

const { create, clear, isIn } = createSessionSecrets({ https: false })

describe('The secret of a session', () => {
  it('is in a host cookie that no script can read', () => {
    const cookies = createSessionCookies(testConfig())
    const set = (isPersistent: boolean) => cookies.set(ACCESS, REFRESH, isPersistent, SECRET)[2]
    expect(set(true)).toBe('session=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax')
    expect(set(false)).toBe('session=value; Path=/; HttpOnly; SameSite=Lax')
    expect(clear()).toBe('session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax')
  })

  it('is in a __Host- cookie over https, which no sibling host can set', () => {
    const secure = createSessionSecrets({ https: true })
    expect(createSessionCookies(testConfig(HTTPS)).set(ACCESS, REFRESH, true, SECRET)[2]).toBe(
      '__Host-session=value; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax',
    )
    const { secret, hash } = secure.create()
    expect(secure.isIn(parseCookies(`__Host-session=${secret}`), hash)).toBe(true)
    expect(secure.isIn(parseCookies(`session=${secret}`), hash)).toBe(false)
  })

  it('is recognised by its hash alone', () => {
    const { secret, hash } = create()
    expect(hash).not.toContain(secret)
    expect(isIn(parseCookies(`a=1; session=${secret}; b=2`), hash)).toBe(true)
    expect(isIn(parseCookies(`session=${secret}`), create().hash)).toBe(false)
    expect(isIn(parseCookies(`session=${secret}`), null)).toBe(false)
    for (const header of [
      undefined,
      '',
      'session=',
      `session=${secret}x`,
      `other=${secret}`,
      `session=${hash}`,
    ])
      expect(isIn(parseCookies(header), hash)).toBe(false)
  })

  it('is found among values that a sibling host planted, up to four', () => {
    const { secret, hash } = create()
    const planted = ['x', create().secret, '"quoted"']
    for (let at = 0; at <= planted.length; at++) {
      const values = planted.toSpliced(at, 0, secret)
      expect(isIn(parseCookies(values.map((value) => `session=${value}`).join('; ')), hash)).toBe(true)
    }
    const tooMany = [...planted, 'y', secret].map((value) => `session=${value}`).join('; ')
    expect(isIn(parseCookies(tooMany), hash)).toBe(false)
  })

  it('is unique', () => {
    expect(new Set(Array.from({ length: 50 }, () => create().secret)).size).toBe(50)
  })
})
