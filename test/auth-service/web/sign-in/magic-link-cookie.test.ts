import { describe, expect, it } from 'vitest'
import type { AskedFlow } from '../../../../auth-service/src/accounts/magic-link.ts'
import { noFlow } from '../../../../auth-service/src/accounts/one-time-tokens.ts'
import { createMagicLinkCookie } from '../../../../auth-service/src/web/sign-in/magic-link-cookie.ts'
import { pageApp } from '../../support/page-app.ts'
import { SECRET_KEY } from '../../support/services.ts'

const FLOW: AskedFlow = { ...noFlow(), email: 'Ada@example.com' }
const OTHER = 'another secret of the tests and of nobody else'

/** A service that stores a sign-in at `/remember`, and shows at `/` which one the cookie contains. */
function serve({ https = true, secretKey = SECRET_KEY, fallbacks = [] as string[] } = {}) {
  const flows = createMagicLinkCookie({ https, secretKey, secretKeyFallbacks: fallbacks })
  const app = pageApp()
    .get('/remember', (c) => {
      flows.remember(c, FLOW)
      return c.body(null)
    })
    .get('/forget', (c) => {
      flows.forget(c)
      return c.body(null)
    })
    .get('/', (c) => c.json(flows.of(c)))
  return {
    cookieOf: async (path: '/remember' | '/forget') =>
      (await app.request(path)).headers.get('set-cookie') ?? '',
    bring: async (cookie: string) => (await app.request('/', { headers: { cookie } })).json(),
  }
}

const pairOf = (cookie: string) => cookie.split(';')[0] ?? ''

describe('The cookie of a sign-in by email', () => {
  it('is valid unchanged for ten minutes, in the browser that requested it only', async () => {
    const { cookieOf, bring } = serve()
    const cookie = await cookieOf('/remember')
    expect(cookie).toMatch(/^__Host-sign-in=v1\.[\w.-]+; /)
    expect(cookie.split('; ').slice(1).sort()).toEqual(
      ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure'].sort(),
    )
    expect(await bring(pairOf(cookie))).toEqual(FLOW)
    expect(await bring('')).toBeNull()
  })

  it('reveals nothing of its content', async () => {
    const cookie = decodeURIComponent(await serve().cookieOf('/remember'))
    const inside = cookie.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    for (const text of [cookie, ...inside]) expect(text).not.toMatch(/ada@example|Ada@example/)
    expect(cookie).not.toContain(FLOW.id)
  })

  it('is deleted at the end', async () => {
    expect(await serve().cookieOf('/forget')).toMatch(/^__Host-sign-in=; .*Max-Age=0/)
  })

  it('has another name over http, which is invalid over https', async () => {
    const http = serve({ https: false })
    const cookie = await http.cookieOf('/remember')
    expect(cookie).toMatch(/^sign-in=/)
    expect(cookie).not.toContain('Secure')
    expect(await http.bring(pairOf(cookie))).toEqual(FLOW)
    // A cookie that a sibling host plants over http has no such prefix.
    expect(await serve().bring(pairOf(cookie))).toBeNull()
    expect(await serve().bring(pairOf(cookie).replace('sign-in', '__Host-sign-in'))).toBeNull()
  })

  it('is invalid if it was changed, truncated or made up', async () => {
    const { cookieOf, bring } = serve()
    const good = pairOf(await cookieOf('/remember'))
    const [name, value = ''] = good.split('=')
    const parts = value.split('.')
    const touched = parts.map((part, at) => {
      const other = (part[0] === 'A' ? 'B' : 'A') + part.slice(1)
      return parts.map((same, i) => (i === at ? other : same)).join('.')
    })
    for (const bad of [
      ...touched,
      value.slice(0, -3),
      parts.slice(0, 3).join('.'),
      'v1...',
      '%',
      'null',
      '',
    ]) {
      expect(await bring(`${name}=${bad}`), bad).toBeNull()
    }
  })

  it('is decrypted with a former secret, and not with a foreign one', async () => {
    const cookie = pairOf(await serve({ secretKey: OTHER }).cookieOf('/remember'))
    expect(await serve({ fallbacks: [OTHER] }).bring(cookie)).toEqual(FLOW)
    expect(await serve().bring(cookie)).toBeNull()
  })
})
