import { describe, expect, it } from 'vitest'
import { createChallenge } from '../../../jwt-middleware/src/http/challenge.ts'
import { anonymous } from '../../../jwt-middleware/src/users/user.ts'

const OWN = 'https://app1.example.com'
const challenge = createChallenge({
  loginUrl: 'https://auth.example.com/login',
  ownOrigin: OWN,
  isReader: () => false,
})

const request = (headers: Record<string, string> = {}, method = 'GET', target = '/notes?page=2') => ({
  method,
  target,
  header: (name: string) => headers[name],
})
const page = { accept: 'text/html' }
const location = (response: Response) =>
  new URL(response.headers.get('location') ?? '').searchParams.get('next')
/** Where the page of a response leads to. */
const refresh = async (response: Response) => {
  const [, href = ''] = (await response.text()).match(/http-equiv="refresh" content="0; url=([^"]*)"/) ?? []
  return new URL(href.replaceAll('&amp;', '&')).searchParams
}

describe('The challenge', () => {
  it('redirects a page to the login page, privately', () => {
    const response = challenge.anonymous(request(page), anonymous('missing'))
    expect(response.status).toBe(302)
    expect(location(response)).toBe(`${OWN}/notes?page=2`)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie')
  })

  it.each([
    ['a HEAD', request(page, 'HEAD'), `${OWN}/notes?page=2`],
    ['a query with a backslash', request(page, 'GET', '/n?dir=C:\\x\\y&z'), `${OWN}/n?dir=C:%5Cx%5Cy&z`],
    ['a hostile target', request(page, 'GET', '//evil.example/x'), `${OWN}//evil.example/x`],
    ['a target for a proxy', request(page, 'GET', 'http://evil.example/x?y=1'), `${OWN}/x?y=1`],
  ])('returns from %s to a page of this app', (_, from, next) => {
    expect(location(challenge.anonymous(from, anonymous('missing')))).toBe(next)
  })

  it.each([
    ['a form with its page', { ...page, referer: `${OWN}/form?a=1&b="` }, `${OWN}/form?a=1&b=%22`],
    [
      'a form of a page with a backslash',
      { ...page, referer: `${OWN}/form?dir=C:\\x` },
      `${OWN}/form?dir=C:%5Cx`,
    ],
    ['a form without a referrer', page, `${OWN}/`],
    ['a form from another origin', { ...page, referer: 'https://evil.example/' }, `${OWN}/`],
  ])(
    'answers %s with a page that links to the login page, since a CSP may block redirected forms',
    async (_, headers, next) => {
      const response = challenge.anonymous(request(headers, 'POST'), anonymous('missing'))
      expect(response.status).toBe(401)
      expect(response.headers.get('location')).toBeNull()
      expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      expect(response.headers.get('cache-control')).toBe('private, no-store')
      expect(await response.clone().text()).toContain('Your input was not saved.')
      expect((await refresh(response)).get('next')).toBe(next)
    },
  )

  it('redirects a form if the login page has the same origin, which no CSP blocks', () => {
    const own = createChallenge({ loginUrl: `${OWN}/login`, ownOrigin: OWN, isReader: () => false })
    const sent = request({ ...page, referer: `${OWN}/form` }, 'POST')
    const response = own.anonymous(sent, anonymous('missing'))
    expect([response.status, location(response)]).toEqual([302, `${OWN}/form`])
  })

  it('puts a long URL into a page, since proxies may reject it in a header', async () => {
    const target = `/notes?x=${'y'.repeat(5000)}`
    const response = challenge.anonymous(request(page, 'GET', target), anonymous('missing'))
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
    expect(await response.clone().text()).not.toContain('not saved')
    const query = await refresh(response)
    expect(query.get('next')).toBe(OWN + target)
    expect(query.get('notice')).toBeNull()
  })

  it('lets the login page report a URL that was too long to keep', async () => {
    const target = `/notes?x=${'y'.repeat(9000)}`
    const response = challenge.anonymous(request(page, 'GET', target), anonymous('missing'))
    expect(location(response)).toBe(`${OWN}/notes`)
    expect(response.headers.get('location')).toContain('&notice=address_shortened')
  })

  it('gives htmx a header that proxies accept, and the fragment of the page', () => {
    const lead = (url: string) => {
      const headers = { 'hx-request': 'true', 'hx-current-url': url }
      const response = challenge.anonymous(request(headers), anonymous('missing'))
      return new URL(response.headers.get('hx-redirect') ?? '').searchParams
    }
    expect(lead(`${OWN}/board?x=1#card-7`).get('next')).toBe(`${OWN}/board?x=1#card-7`)
    const long = lead(`${OWN}/board?x=${'y'.repeat(3000)}`)
    expect([long.get('next'), long.get('notice')]).toEqual([`${OWN}/board`, 'address_shortened'])
  })

  it.each([
    ['not_registered', 403, 'does not know your account'],
    ['inactive', 403, 'disabled'],
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

  it('sends Retry-After only when waiting helps', () => {
    expect(challenge.anonymous(request(page), anonymous('unavailable')).headers.get('retry-after')).toBe('5')
    expect(challenge.anonymous(request(page), anonymous('inactive')).headers.get('retry-after')).toBeNull()
    expect(challenge.forbidden(request(page)).headers.get('retry-after')).toBeNull()
  })

  it('gives programs a problem with the login URL', async () => {
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
