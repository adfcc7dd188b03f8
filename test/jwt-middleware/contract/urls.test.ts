import { describe, expect, it } from 'vitest'
import {
  loginUrl,
  MAX_LOGIN_URL_LENGTH,
  MAX_NEXT_LENGTH,
  ownAddress,
  readOrigin,
  safeNext,
} from '../../../jwt-middleware/src/contract/urls.ts'

const POLICY = { cookieDomain: 'example.com', httpsOnly: true, origins: ['https://partner.test:8443'] }
const next = (value: unknown) => safeNext(value, POLICY)

describe('safeNext', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    [
      'https://app1.example.com/notes?page=2&q=a%20b#top',
      'https://app1.example.com/notes?page=2&q=a%20b#top',
    ],
    ['https://a.b.c.example.com:8443/x', 'https://a.b.c.example.com:8443/x'],
    ['HTTPS://APP1.EXAMPLE.COM/x', 'https://app1.example.com/x'],
    ['https://app1.example.com/a/../b', 'https://app1.example.com/b'],
    [
      'https://app1.example.com/?next=https://evil.example/',
      'https://app1.example.com/?next=https://evil.example/',
    ],
    ['https://app1.example.com/@ada', 'https://app1.example.com/@ada'],
    ['https://app1.example.com?to=a@b', 'https://app1.example.com/?to=a@b'],
    ['https://partner.test:8443/back', 'https://partner.test:8443/back'],
  ])('accepts %s', (value, href) => {
    expect(next(value)).toBe(href)
  })

  it.each([
    ['another host', 'https://evil.example/'],
    ['a host with the same ending', 'https://evilexample.com/'],
    ['a host with the same beginning', 'https://example.com.evil.example/'],
    ['a trailing dot', 'https://app1.example.com./'],
    ['http in an https family', 'http://app1.example.com/'],
    ['a registered host at another port', 'https://partner.test/'],
    ['userinfo', 'https://app1.example.com@evil.example/'],
    ['userinfo before an allowed host', 'https://evil.example@app1.example.com/'],
    ['empty userinfo', 'https://@app1.example.com/'],
    ['a relative address', '/account'],
    ['no scheme', '//app1.example.com/'],
    ['three slashes', 'https:///app1.example.com/'],
    ['one slash', 'https:/app1.example.com/'],
    ['no slash', 'https:app1.example.com'],
    ['a backslash', 'https://app1.example.com\\@evil.example/'],
    ['a backslash after the host', 'https://app1.example.com/\\evil.example'],
    ['a script', 'javascript:alert(1)//https://app1.example.com/'],
    ['data', 'data:text/html,<script>'],
    ['another scheme', 'ftp://app1.example.com/'],
    ['a leading space', ' https://app1.example.com/'],
    ['a tab inside', 'https://app1.exa\tmple.com/'],
    ['a line feed', 'https://app1.example.com/\n'],
    ['a NUL', 'https://app1.example.com/\0'],
    ['non-ASCII', 'https://app1.example.com/ä'],
    ['a full-width dot', 'https://evil．example.com/'],
    ['an empty text', ''],
    ['nothing', undefined],
    ['a list', ['https://app1.example.com/']],
    ['too many bytes', `https://app1.example.com/${'a'.repeat(MAX_NEXT_LENGTH)}`],
    ['a port out of range', 'https://app1.example.com:99999/'],
  ])('rejects %s', (_, value) => {
    expect(next(value)).toBeNull()
  })

  it('accepts http if the family uses http', () => {
    const policy = { cookieDomain: 'demo.localhost', httpsOnly: false }
    expect(safeNext('http://app1.demo.localhost:4001/notes', policy)).toBe(
      'http://app1.demo.localhost:4001/notes',
    )
  })

  it('counts the bytes that would be sent, not those that arrived', () => {
    const quoted = `https://app1.example.com/${'"'.repeat(MAX_NEXT_LENGTH / 2)}`
    expect(quoted.length).toBeLessThan(MAX_NEXT_LENGTH)
    expect(next(quoted)).toBeNull()
  })
})

describe('The login URL', () => {
  it('keeps the parameters of LOGIN_URL and replaces next', () => {
    expect(
      loginUrl('https://auth.example.com/login?theme=dark&next=old', 'https://app1.example.com/a?b=c&d=e'),
    ).toBe(
      'https://auth.example.com/login?theme=dark&next=https%3A%2F%2Fapp1.example.com%2Fa%3Fb%3Dc%26d%3De',
    )
  })
})

describe('A long return URL', () => {
  const base = 'https://auth.example.com/login?theme=dark'
  const own = 'https://app1.example.com'
  const long = (length: number) => `${own}/notes?x=${'y'.repeat(length)}`

  it('is kept completely while common proxies accept the request line', () => {
    for (const length of [2100, 4000, 7800]) {
      const url = loginUrl(base, long(length))
      expect(url.length).toBeLessThanOrEqual(MAX_LOGIN_URL_LENGTH)
      expect(new URL(url).searchParams.get('next')).toBe(long(length))
      expect(new URL(url).searchParams.get('notice')).toBeNull()
      expect(next(long(length))).toBe(long(length))
    }
  })

  it.each([
    ['a long query', long(8000), `${own}/notes`],
    ['a query that grows when it is encoded', `${own}/notes?x=${'%20'.repeat(2000)}`, `${own}/notes`],
    ['a long path', `${own}/${'y'.repeat(9000)}`, `${own}/`],
    ['a long fragment', `${own}/notes?x=1#${'y'.repeat(9000)}`, `${own}/notes`],
  ])('is shortened with a notice: %s', (_, given, kept) => {
    const url = loginUrl(base, given, 'abc.def')
    expect(url.length).toBeLessThanOrEqual(MAX_LOGIN_URL_LENGTH)
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      theme: 'dark',
      next: kept,
      notice: 'address_shortened',
      refused: 'abc.def',
    })
  })
})

describe('The note about a rejected token', () => {
  const base = 'https://auth.example.com/login?theme=dark'
  it('is added, and replaced when absent', () => {
    expect(loginUrl(base, 'https://app1.example.com/', 'abc.def')).toBe(
      `${base}&next=https%3A%2F%2Fapp1.example.com%2F&refused=abc.def`,
    )
    expect(loginUrl(base, 'https://app1.example.com/')).not.toContain('refused')
  })
})

describe("An app's own URL", () => {
  const OWN = 'https://app1.example.com'
  it.each([
    ['/notes?page=2', `${OWN}/notes?page=2`],
    ['/', `${OWN}/`],
    ['*', `${OWN}/*`],
    ['//evil.example/x', `${OWN}//evil.example/x`],
    ['/\\evil.example', `${OWN}//evil.example`],
    ['http://evil.example/notes', `${OWN}/notes`],
    ['http://evil.example', `${OWN}/`],
    ['@evil.example/', `${OWN}/@evil.example/`],
    ['.evil.example/', `${OWN}/.evil.example/`],
    ['/notes?folder=C:\\Users\\x&tag=a%26b', `${OWN}/notes?folder=C:%5CUsers%5Cx&tag=a%26b`],
    ['/notes?a=\\\\evil.example', `${OWN}/notes?a=%5C%5Cevil.example`],
    ['/notes#a\\b', `${OWN}/notes#a%5Cb`],
    ['http://evil.example\\@x/?a=\\', `${OWN}/?a=%5C`],
  ])('for the target %j', (target, address) => {
    expect(ownAddress(OWN, target)).toBe(address)
  })

  it('is accepted by safeNext', () => {
    const every = String.fromCharCode(...Array.from({ length: 0xff }, (_, code) => code))
    for (const target of [
      '/a?b=ä c',
      '/\\x',
      '//evil.example',
      '/%09/x',
      '/a"b<c>',
      `/a?b=${every}`,
      `/${every}`,
    ]) {
      expect(next(ownAddress(OWN, target)), target).not.toBeNull()
    }
  })
})

describe('Settings that are origins', () => {
  it.each([
    ['https://app1.example.com', 'https://app1.example.com'],
    ['https://app1.example.com/', 'https://app1.example.com'],
    ['http://App1.demo.localhost:4001', 'http://app1.demo.localhost:4001'],
  ])('accept %s', (value, origin) => {
    expect(readOrigin('OWN_URL', value)).toEqual({ ok: true, value: origin })
  })

  it.each([
    [undefined, /OWN_URL is not set/],
    ['', /OWN_URL is not set/],
    ['app1.example.com', /Include the scheme/],
    ['ftp://app1.example.com', /Include the scheme/],
    ['https://user:pw@app1.example.com', /Include the scheme/],
    ['https://app1.example.com/notes', /origin without path.*https:\/\/app1\.example\.com$/],
  ])('explain what is wrong with %s', (value, reason) => {
    expect(readOrigin('OWN_URL', value)).toEqual({ ok: false, reason: expect.stringMatching(reason) })
  })
})
