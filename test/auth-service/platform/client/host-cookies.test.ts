import { describe, expect, it } from 'vitest'
import {
  createEncryptedCookie,
  createHostCookie,
  parseCookies,
} from '../../../../auth-service/src/platform/client/host-cookies.ts'
import { SECRET_KEY } from '../../support/services.ts'

describe('a cookie of the auth service alone', () => {
  it('is __Host- over https', () => {
    const cookie = createHostCookie('device', true)
    expect(cookie.set('x', 60)).toBe('__Host-device=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax')
    expect(cookie.clear()).toBe('__Host-device=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax')
  })

  it('has no prefix over http, where browsers reject it', () => {
    expect(createHostCookie('device', false).set('x')).toBe('device=x; Path=/; HttpOnly; SameSite=Lax')
  })

  it('has four values at most', () => {
    const { values } = createHostCookie('device', false)
    expect(values(parseCookies('device=a; other=b; device=c'))).toEqual(['a', 'c'])
    expect(values(parseCookies('device=a; '.repeat(9)))).toHaveLength(4)
    expect(values(parseCookies(undefined))).toEqual([])
  })
})

describe('an encrypted cookie', () => {
  const config = { secretKey: SECRET_KEY, secretKeyFallbacks: [], https: true }
  const cookie = createEncryptedCookie(config, 'flash', 'flash')
  const [pair = ''] = cookie.set('ada@example.com', '/mailed', 60).split(';', 1)

  it('is read only for its own context', () => {
    expect(pair).not.toContain('ada')
    expect(cookie.read(parseCookies(pair), '/mailed')).toBe('ada@example.com')
    expect(cookie.read(parseCookies(pair), '/other')).toBeNull()
  })

  it('that was changed or is missing is ignored', () => {
    expect(cookie.read(parseCookies(`${pair.slice(0, -1)}?`), '/mailed')).toBeNull()
    expect(cookie.read(parseCookies(''), '/mailed')).toBeNull()
    expect(cookie.read(parseCookies(undefined), '/mailed')).toBeNull()
  })
})
