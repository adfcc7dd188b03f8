import { describe, expect, it } from 'vitest'
import { readPreviousCookies } from '../../../../auth-service/src/platform/config/previous-cookies.ts'

const HERE = { host: 'auth.apps.example.com', https: true, cookieDomain: 'apps.example.com' }

describe('PREVIOUS_COOKIES', () => {
  it.each([undefined, '', ' , '])('%j is empty or invalid', (value) => {
    expect(readPreviousCookies(value, HERE)).toEqual({ ok: true, value: [] })
  })

  it('is a list of prefixes with domains, which default to the current one', () => {
    const value = '__Secure-jwt@example.com, org.example.jwt ,jwt@auth.apps.example.com'
    expect(readPreviousCookies(value, HERE)).toEqual({
      ok: true,
      value: [
        { prefix: '__Secure-jwt', domain: 'example.com' },
        { prefix: 'org.example.jwt', domain: 'apps.example.com' },
        { prefix: 'jwt', domain: 'auth.apps.example.com' },
      ],
    })
  })

  it.each([
    ['a b', 'does not start with a COOKIE_PREFIX'],
    ['@example.com', 'does not start with a COOKIE_PREFIX'],
    ['__Host-jwt', 'does not start with a COOKIE_PREFIX'],
    ['jwt;x@example.com', 'does not start with a COOKIE_PREFIX'],
    ['jwt@example.com@example.com', 'has more than one @'],
    ['jwt@', "can't set cookies for"],
    ['jwt@com', "can't set cookies for"],
    ['jwt@example.org', "can't set cookies for"],
    ['jwt@.example.com', "can't set cookies for"],
    ['jwt@EXAMPLE.com', "can't set cookies for"],
    ['jwt@example.com; Secure', "can't set cookies for"],
    ['jwt@other.apps.example.com', "can't set cookies for"],
  ])('is rejected with a remedy for the entry %j', (entry, problem) => {
    const read = readPreviousCookies(`fine,${entry}`, HERE)
    const reason = read.ok ? '' : read.reason
    expect(reason).toContain(`PREVIOUS_COOKIES contains "${entry}", which `)
    expect(reason).toContain(problem)
    expect(reason).toContain('e.g. PREVIOUS_COOKIES=')
  })

  it('is rejected over http if only https could delete the cookie', () => {
    const read = readPreviousCookies('__Secure-jwt', { ...HERE, https: false })
    expect(read).toMatchObject({ ok: false, reason: expect.stringContaining('only https can clear') })
  })

  it('reports no domain when AUTH_URL or COOKIE_DOMAIN is the problem', () => {
    expect(readPreviousCookies('jwt@example.org', { ...HERE, host: '' }).ok).toBe(true)
    expect(readPreviousCookies('jwt', { ...HERE, cookieDomain: '' }).ok).toBe(true)
  })
})
