import { type Context, Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import {
  mayFrame,
  securityHeaders,
  servesEmail,
} from '../../../../auth-service/src/web/middleware/security-headers.ts'

async function headersOf(
  options: { cookieDomain: string; https: boolean },
  origins: string[] = [],
  serve: (c: Context) => void = () => {},
  sources: string[] = [],
) {
  const app = new Hono()
    .use(
      securityHeaders(
        options,
        { list: () => [], origins: () => origins },
        { redirectSources: () => sources },
        { formTargets: () => [] },
      ),
    )
    .get('/', (c) => {
      serve(c)
      return c.html('')
    })
  return (await app.request('/')).headers
}

const directives = (headers: Headers) =>
  Object.fromEntries(
    (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
      const [name, ...sources] = part.split(' ')
      return [name, sources]
    }),
  )

describe('The security headers', () => {
  it('allow only our own scripts and styles, no framing, and forms to the family alone', async () => {
    const headers = await headersOf({ cookieDomain: 'example.com', https: true })
    expect(directives(headers)).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'form-action': ["'self'", 'https://example.com:*', 'https://*.example.com:*'],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
    })
  })

  it('allow forms to registered apps outside the family', async () => {
    const origins = ['https://app1.example.com', 'https://shop.example']
    const headers = await headersOf({ cookieDomain: 'example.com', https: true }, origins)
    expect(directives(headers)['form-action']).toEqual([
      "'self'",
      'https://example.com:*',
      'https://*.example.com:*',
      'https://shop.example',
    ])
  })

  it('allow forms to http if the family uses http', async () => {
    const headers = await headersOf({ cookieDomain: 'demo.localhost', https: false })
    expect(directives(headers)['form-action']).toEqual([
      "'self'",
      'http://demo.localhost:*',
      'http://*.demo.localhost:*',
    ])
  })

  it('send the origin with our own forms, and no referrer elsewhere', async () => {
    const headers = await headersOf({ cookieDomain: 'example.com', https: true })
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
  })

  it('allow a page to frame our own on request, and change nothing else about it', async () => {
    const demo = { cookieDomain: 'demo.localhost', https: false }
    const [framing, other] = [await headersOf(demo, [], mayFrame), await headersOf(demo)]
    expect(directives(framing)).toEqual({ ...directives(other), 'frame-src': ["'self'"] })
    expect(framing.get('x-frame-options')).toBe('DENY')
  })

  it('allow the HTML of an email inline styles and links in our frame, and nothing else', async () => {
    const headers = await headersOf({ cookieDomain: 'demo.localhost', https: false }, [], servesEmail)
    expect(directives(headers)).toEqual({
      'default-src': ["'none'"],
      'style-src': ["'unsafe-inline'"],
      'form-action': ["'none'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'self'"],
      sandbox: ['allow-top-navigation-by-user-activation'],
    })
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })

  it('require https only over https', async () => {
    const https = await headersOf({ cookieDomain: 'example.com', https: true })
    const http = await headersOf({ cookieDomain: 'demo.localhost', https: false })
    expect(https.get('strict-transport-security')).toBe('max-age=31536000')
    expect(http.has('strict-transport-security')).toBe(false)
  })
})
