import { describe, expect, it } from 'vitest'
import { createJar } from '../../../../auth-service/src/cli/doctor/cookie-jar.ts'

const AUTH = new URL('https://auth.example.com/login')
const APP = new URL('https://app1.example.com/notes')
const SHARED = 'jwt.access=x=y; Domain=example.com; Path=/; HttpOnly; Secure; Max-Age=300'

describe("A cookie jar that behaves like a browser's", () => {
  it('sends domain cookies to all hosts under the domain, and host cookies to their host only', () => {
    const jar = createJar()
    expect(jar.keep(AUTH, [SHARED, '__Host-csrf=1; Path=/; Secure'])).toEqual([])
    expect(jar.header(APP)).toBe('jwt.access=x=y')
    expect(jar.header(AUTH)).toBe('jwt.access=x=y; __Host-csrf=1')
    expect(jar.header(AUTH, ['__Host-csrf'])).toBe('__Host-csrf=1')
    expect(jar.header(new URL('https://notexample.com/'))).toBe('')
  })

  it('sends and accepts no Secure cookies over http', () => {
    const jar = createJar()
    jar.keep(AUTH, [SHARED])
    expect(jar.sentTo(new URL('http://app1.example.com/'))).toEqual([])
    expect(jar.keep(new URL('http://auth.example.com/'), [SHARED])).toEqual([
      'Browsers reject the cookie jwt.access, which is Secure, over http.',
    ])
  })

  it('accepts no cookies for a domain that does not contain the host', () => {
    const jar = createJar()
    const [problem] = jar.keep(new URL('https://auth.example.org/'), [SHARED])
    expect(problem).toMatch(
      /^Browsers reject the cookie jwt\.access for example\.com from auth\.example\.org/,
    )
    for (const url of [AUTH, APP, 'https://auth.example.org/']) expect(jar.sentTo(new URL(url))).toEqual([])
  })

  it('says what else is wrong with a rejected cookie', () => {
    const jar = createJar()
    expect(jar.keep(AUTH, ['__Host-csrf=1; Path=/login; Secure', ''])).toEqual([
      expect.stringMatching(/^Browsers reject the cookie __Host-csrf of auth\.example\.com: .*__Host prefix/),
      expect.stringMatching(/: Cookie failed to parse\.$/),
    ])
  })

  it('replaces cookies, and drops expired ones', () => {
    const jar = createJar()
    jar.keep(AUTH, [SHARED])
    jar.keep(APP, [SHARED.replace('x=y', 'z')])
    expect(jar.header(APP)).toBe('jwt.access=z')
    jar.keep(AUTH, ['jwt.access=; Domain=example.com; Path=/; Secure; Max-Age=0'])
    expect(jar.sentTo(AUTH)).toEqual([])
  })
})
