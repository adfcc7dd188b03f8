import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { familyCors, isFamilyOrigin } from '../../../../auth-service/src/web/middleware/family-cors.ts'

const FAMILY = { cookieDomain: 'example.com', https: true }
const APP = 'https://app1.example.com'

describe('An origin of the family', () => {
  it.each([APP, 'https://example.com', 'https://a.b.example.com:8443'])('can be %s', (origin) => {
    expect(isFamilyOrigin(origin, FAMILY)).toBe(true)
  })

  it.each([
    undefined,
    '',
    'null',
    '*',
    'http://app1.example.com',
    'https://evil.example',
    'https://evilexample.com',
    'https://example.com.evil.example',
    'https://app1.example.com/',
    'https://app1.example.com/path',
    'https://user@app1.example.com',
    'HTTPS://APP1.EXAMPLE.COM',
    'https://app1.example.com, https://evil.example',
    'ftp://app1.example.com',
    'chrome-extension://app1.example.com',
  ])('is not %j', (origin) => {
    expect(isFamilyOrigin(origin, FAMILY)).toBe(false)
  })

  it('can be http if the family uses http', () => {
    const family = { cookieDomain: 'demo.localhost', https: false }
    expect(isFamilyOrigin('http://app1.demo.localhost:4001', family)).toBe(true)
  })
})

describe('Cross-origin requests', () => {
  const app = new Hono().use(familyCors(FAMILY)).post('/refresh', (c) => c.text('done'))
  const ask = (origin: string, method = 'POST') =>
    app.request('/refresh', { method, headers: { origin, 'access-control-request-method': 'POST' } })
  const allowed = ({ headers }: Response) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'))

  it('of the family can send cookies and read the response', async () => {
    const { headers } = await ask(APP)
    expect(headers.get('access-control-allow-origin')).toBe(APP)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('vary')).toBe('Origin')
  })

  it('of the family can send a preflight', async () => {
    const response = await ask(APP, 'OPTIONS')
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
    expect(response.headers.get('access-control-allow-methods')).toBe('POST')
    expect(response.headers.get('access-control-max-age')).toBe('600')
    expect(response.headers.get('vary')).toMatch(/^Origin\b/)
  })

  it('of other origins get no CORS headers, and caches keep the responses apart', async () => {
    for (const method of ['POST', 'OPTIONS']) {
      const response = await ask('https://evil.example', method)
      expect(allowed(response)).toEqual([])
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })
})
