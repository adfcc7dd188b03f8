import { describe, expect, it } from 'vitest'
import { createChallenge } from '../../jwt-middleware/src/challenge.ts'
import { anonymous } from '../../jwt-middleware/src/permissions.ts'

const OWN = 'https://app1.example.com'
const challenge = createChallenge({ loginUrl: 'https://auth.example.com/login', ownOrigin: OWN })

const request = (headers: Record<string, string> = {}, method = 'GET', target = '/notes?page=2') => ({
  method,
  target,
  header: (name: string) => headers[name],
})
const page = { accept: 'text/html' }
const location = (response: Response) =>
  new URL(response.headers.get('location') ?? '').searchParams.get('next')

describe('the challenge', () => {
  it('sends a page to the login page, privately', () => {
    const response = challenge.anonymous(request(page), anonymous('missing'))
    expect(response.status).toBe(302)
    expect(location(response)).toBe(`${OWN}/notes?page=2`)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie')
  })

  it.each([
    ['a HEAD', request(page, 'HEAD'), `${OWN}/notes?page=2`],
    ['a form with its page', request({ ...page, referer: `${OWN}/form` }, 'POST'), `${OWN}/form`],
    ['a form without', request(page, 'POST'), `${OWN}/`],
    ['a form from elsewhere', request({ ...page, referer: 'https://evil.example/' }, 'POST'), `${OWN}/`],
    ['a hostile target', request(page, 'GET', '//evil.example/x'), `${OWN}//evil.example/x`],
    ['a target for a proxy', request(page, 'GET', 'http://evil.example/x?y=1'), `${OWN}/x?y=1`],
  ])('comes back from %s to a page of this app', (_, from, next) => {
    expect(location(challenge.anonymous(from, anonymous('missing')))).toBe(next)
  })

  it.each([
    ['not_registered', 403, 'not registered'],
    ['inactive', 403, 'switched off'],
    ['unavailable', 503, 'try again'],
  ] as const)('answers %s with %i in words, and never a redirect', async (reason, status, words) => {
    for (const headers of [page, {}]) {
      const response = challenge.anonymous(request(headers), anonymous(reason))
      expect(response.status).toBe(status)
      expect(response.headers.get('location')).toBeNull()
      expect(await response.text()).toContain(words)
      expect(response.headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it('says when to come back only where waiting helps', () => {
    expect(challenge.anonymous(request(page), anonymous('unavailable')).headers.get('retry-after')).toBe('5')
    expect(challenge.anonymous(request(page), anonymous('inactive')).headers.get('retry-after')).toBeNull()
    expect(challenge.forbidden(request(page)).headers.get('retry-after')).toBeNull()
  })

  it('gives programs a problem with the way to sign in', async () => {
    const response = challenge.anonymous(request(), anonymous('rejected'))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(`Bearer realm="${OWN}", error="invalid_token"`)
    expect(await response.json()).toEqual({
      type: 'about:blank',
      status: 401,
      title: 'Not signed in',
      detail: 'Sign in at login_url, then repeat the request.',
      login_url: `https://auth.example.com/login?next=${encodeURIComponent(`${OWN}/notes?page=2`)}`,
    })
  })
})
