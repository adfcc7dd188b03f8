import { describe, expect, it } from 'vitest'
import { parseCookies } from '../../../../auth-service/src/platform/client/cookies.ts'
import { createSessionSecrets } from '../../../../auth-service/src/tokens/sessions/session-secret.ts'

const { create, set, clear, isIn } = createSessionSecrets({ https: false })

describe('The secret of a session', () => {
  it('is in a host cookie that no script can read', () => {
    expect(set('value', 60)).toBe('session=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax')
    expect(set('value', undefined)).toBe('session=value; Path=/; HttpOnly; SameSite=Lax')
    expect(clear()).toBe('session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax')
  })

  it('is in a __Host- cookie over https, which no sibling host can set', () => {
    const secure = createSessionSecrets({ https: true })
    expect(secure.set('value', 60)).toBe(
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
