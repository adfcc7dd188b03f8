import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { createCsrf } from '../../../auth-service/src/http/csrf.ts'
import { SECRET_KEY } from '../support/services.ts'

function site({ secretKey = SECRET_KEY, secretKeyFallbacks = [] as string[], https = true } = {}) {
  const csrf = createCsrf({ secretKey, secretKeyFallbacks, https })
  const app = new Hono()
    .get('/', (c) => c.text(csrf.token(c, c.req.query('session'))))
    .get('/check', (c) => c.text(String(csrf.matches(c, c.req.query('token'), c.req.query('session')))))
  return {
    async open(cookie = '', session = '') {
      const response = await app.request(`/?${new URLSearchParams({ session })}`, { headers: { cookie } })
      const setCookie = response.headers.get('set-cookie')
      return { token: await response.text(), setCookie, cookie: setCookie?.split(';', 1)[0] ?? cookie }
    },
    async check(cookie: string, token: string, session = '') {
      const query = new URLSearchParams({ token, session })
      const response = await app.request(`/check?${query}`, { headers: { cookie } })
      return (await response.text()) === 'true'
    },
  }
}

describe('a form token', () => {
  it('belongs to the cookie that came with it', async () => {
    const { open, check } = site()
    const { token, cookie } = await open()
    expect(await check(cookie, token)).toBe(true)
  })

  it('comes with a cookie that no sibling host can set and no script can read', async () => {
    const { setCookie } = await site().open()
    expect(setCookie).toMatch(/^__Host-csrf=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  it('does without the prefix over http, where browsers would refuse it', async () => {
    const { setCookie } = await site({ https: false }).open()
    expect(setCookie).toMatch(/^csrf=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('stays the same as long as the cookie does, so that many tabs work', async () => {
    const { open } = site()
    const first = await open()
    const second = await open(`other=1; ${first.cookie}`)
    expect(second).toMatchObject({ token: first.token, setCookie: null })
  })

  it('behind a sign-in belongs to the session, so that no cookie of a sibling host brings its own', async () => {
    const { open, check } = site({ https: false })
    const mallory = await open('', 'session of Mallory')
    expect(await check(mallory.cookie, mallory.token, 'session of Mallory')).toBe(true)
    expect(await check(mallory.cookie, mallory.token, 'session of Ada')).toBe(false)
    expect(await check(mallory.cookie, mallory.token)).toBe(false)
    const anonymous = await open()
    expect(await check(anonymous.cookie, anonymous.token, 'session of Ada')).toBe(false)
  })

  it('is another for every browser', async () => {
    const { open, check } = site()
    const [mine, theirs] = [await open(), await open()]
    expect(mine.token).not.toBe(theirs.token)
    expect(await check(mine.cookie, theirs.token)).toBe(false)
  })

  it('is none of the cookie itself, which a sibling host could choose over http', async () => {
    const { check } = site({ https: false })
    const value = 'a'.repeat(43)
    expect(await check(`csrf=${value}`, value)).toBe(false)
  })

  it('is worth nothing under another secret', async () => {
    const { token, cookie } = await site().open()
    expect(await site({ secretKey: `${SECRET_KEY}!` }).check(cookie, token)).toBe(false)
  })

  it('is good while its secret is a fallback, and new ones are of the new secret', async () => {
    const secretKey = `${SECRET_KEY}!`
    const between = site({
      secretKey,
      secretKeyFallbacks: ['another secret of the tests, older', SECRET_KEY],
    })
    const old = await site().open()
    expect(await between.check(old.cookie, old.token)).toBe(true)
    expect(await between.check(old.cookie, old.token, 'a session')).toBe(false)
    const { cookie, token } = await between.open()
    expect(await site({ secretKey }).check(cookie, token)).toBe(true)
  })

  it('survives a second cookie of its name', async () => {
    const { open, check } = site({ https: false })
    const { token, cookie } = await open()
    const tossed = `csrf=${'x'.repeat(43)}; ${cookie}`
    expect(await check(tossed, token)).toBe(true)
    expect(await check(tossed, (await open(tossed)).token)).toBe(true)
  })

  it('replaces a cookie that is none of ours', async () => {
    const { open } = site()
    expect((await open('__Host-csrf=short')).setCookie).not.toBeNull()
    expect((await open('__Host-csrf=')).setCookie).not.toBeNull()
  })

  it.each(['', 'x', 'x'.repeat(43), 'x'.repeat(44), 'ä'.repeat(43), '='.repeat(43)])(
    'that was made up, as %j, matches nothing',
    async (token) => {
      const { open, check } = site()
      const { cookie } = await open()
      expect(await check(cookie, token)).toBe(false)
    },
  )

  it('needs its cookie', async () => {
    const { open, check } = site()
    const { token } = await open()
    expect(await check('', token)).toBe(false)
  })
})
