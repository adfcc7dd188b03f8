import { describe, expect, it } from 'vitest'
import { serializeCookie } from '../../../jwt-middleware/src/contract/cookies.ts'
import { parseSetCookie } from '../../../jwt-middleware/src/http/set-cookie.ts'

describe('A cookie to set', () => {
  it('is read from what the auth service writes', () => {
    const line = serializeCookie('__Secure-jwt.access', 'a.b=', {
      domain: 'example.com',
      secure: true,
      maxAge: 300,
    })
    expect(parseSetCookie(line)).toEqual({
      name: '__Secure-jwt.access',
      value: 'a.b=',
      domain: 'example.com',
      path: '/',
      maxAge: 300,
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    })
  })

  it('may be deleted, and may lack a domain and a lifetime', () => {
    const removal = serializeCookie('jwt.access', '', { secure: false, maxAge: 0 })
    const rest = { path: '/', httpOnly: true, secure: false, sameSite: 'lax' }
    expect(parseSetCookie(removal)).toEqual({ name: 'jwt.access', value: '', maxAge: 0, ...rest })
    expect(parseSetCookie(serializeCookie('jwt.access', 'a', { secure: false }))).toEqual({
      name: 'jwt.access',
      value: 'a',
      ...rest,
    })
  })

  it('is read in any case of its attributes, and without spaces', () => {
    expect(parseSetCookie('a=b;DOMAIN=example.com;path=/x;max-age=soon;samesite=STRICT')).toEqual({
      name: 'a',
      value: 'b',
      domain: 'example.com',
      path: '/x',
      httpOnly: false,
      secure: false,
      sameSite: 'strict',
    })
  })
})
