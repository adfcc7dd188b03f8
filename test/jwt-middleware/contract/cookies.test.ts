import { describe, expect, it } from 'vitest'
import {
  cookieNames,
  isCookiePrefix,
  isWithinDomain,
  NO_COOKIES,
  parseCookies,
  readCookies,
  serializeCookie,
} from '../../../jwt-middleware/src/contract/cookies.ts'

describe('Cookie names', () => {
  it.each([
    [{ https: true }, '__Secure-jwt.access', '__Secure-jwt.refresh'],
    [{ https: false }, 'jwt.access', 'jwt.refresh'],
    [{ https: true, refreshScope: 'auth' }, '__Secure-jwt.access', '__Host-jwt.refresh'],
    [{ https: false, refreshScope: 'auth' }, 'jwt.access', 'jwt.refresh'],
    [
      { https: true, prefix: 'org.breakthesystem.jwt' },
      'org.breakthesystem.jwt.access',
      'org.breakthesystem.jwt.refresh',
    ],
  ] as const)('for %j', (naming, access, refresh) => {
    expect(cookieNames(naming)).toEqual({ access, refresh })
  })

  it('start with a prefix that shared cookies can have', () => {
    expect(isCookiePrefix('org.breakthesystem.jwt')).toBe(true)
    for (const prefix of ['', 'a b', 'a;b', 'a=b', 'ä', '__Host-jwt', '__host-x', 'x'.repeat(65)]) {
      expect(isCookiePrefix(prefix), prefix).toBe(false)
    }
  })
})

describe('A cookie domain', () => {
  it.each([
    ['includes its own host', 'example.com', 'example.com', true],
    ['includes a host under it', 'a.example.com', 'example.com', true],
    ['does not include a host that ends alike', 'aexample.com', 'example.com', false],
    ['does not include the host above it', 'example.com', 'a.example.com', false],
  ])('%s', (_, host, domain, isWithin) => {
    expect(isWithinDomain(host, domain)).toBe(isWithin)
  })
})

describe('Set-Cookie', () => {
  it('has every attribute of a shared session cookie', () => {
    expect(serializeCookie('jwt.access', 'abc', { domain: 'example.com', secure: true, maxAge: 300 })).toBe(
      'jwt.access=abc; Domain=example.com; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('omits attributes that do not apply', () => {
    expect(serializeCookie('csrf', 'abc', { secure: false })).toBe('csrf=abc; Path=/; HttpOnly; SameSite=Lax')
  })

  it('rejects what browsers would silently drop, without quoting it', () => {
    const mint = (length: number) => serializeCookie('jwt.access', 'x'.repeat(length), { secure: true })
    expect(mint(4095 - 'jwt.access'.length)).toContain('jwt.access=x')
    expect(() => mint(4096 - 'jwt.access'.length)).toThrow(
      expect.objectContaining({
        code: 'cookie_too_large',
        message: expect.stringMatching(/4096 bytes.*from some groups/),
      }),
    )
    expect(() => mint(5000)).not.toThrow(/xxx/)
  })
})

describe('Reading cookies', () => {
  it.each([
    ['', []],
    ['jwt.access=a', ['a']],
    ['other=1; jwt.access=a; more=2', ['a']],
    ['other=1;jwt.access=a', ['a']],
    ['jwt.access=a; jwt.access=b', ['a', 'b']],
    ['jwt.access=; x=1', ['']],
    ['jwt.access=a ; x=1', ['a']],
    ['xjwt.access=a', []],
    ['jwt.accessx=a', []],
    ['jwt.access', []],
    ['x=jwt.access=a', []],
    // A value with a space must not smuggle in another cookie.
    ['x=1 jwt.access=evil', []],
    ['x="; jwt.access=a', ['a']],
    ['\tjwt.access=a', ['a']],
    ['JWT.ACCESS=a', []],
  ])('finds in %j the values %j', (header, values) => {
    expect(readCookies(header, 'jwt.access')).toEqual(values)
  })
})

describe('All cookies of a header', () => {
  it('have every value of a name, in order', () => {
    const cookies = parseCookies('a=1; b=2; a=3; a=; c')
    expect(cookies.get('a')).toEqual(['1', '3', ''])
    expect(cookies.get('b')).toEqual(['2'])
    expect(cookies.get('c')).toBeUndefined()
  })

  it.each([undefined, '', ';', ' ; ', 'text'])('are not there in %o', (header) => {
    expect(parseCookies(header)).toEqual(NO_COOKIES)
  })

  it('are those that are read by name', () => {
    const pieces = ['a', 'ab', '=', '==', ';', '; ', ' ', '\t', 'x', '"', '\u00A0', '__proto__']
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let i = 0; i < 5000; i++) {
      const header = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('')
      for (const name of ['a', 'ab', 'x', '__proto__']) {
        expect([header, parseCookies(header).get(name) ?? []]).toEqual([header, readCookies(header, name)])
      }
    }
  })
})
