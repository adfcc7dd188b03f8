import { describe, expect, it } from 'vitest'
import { createCsrf } from '../../../../auth-service/src/web/forms/csrf.ts'
import { pageApp } from '../../support/page-app.ts'
import { SECRET_KEY } from '../../support/services.ts'

function site({ secretKey = SECRET_KEY, secretKeyFallbacks = [] as string[], https = true } = {}) {
  const csrf = createCsrf({ secretKey, secretKeyFallbacks, https })
  const app = pageApp({ https })
    .get('/', (c) => c.text(csrf.token(c, c.req.query('session'))))
    .get('/check', (c) =>
      c.text(String(csrf.matches(c, csrf.read(c, c.req.query('token')), c.req.query('session')))),
    )
  return {
    async open(cookie = '', session = '') {
      const response = await app.request(`/?${new URLSearchParams({ session })}`, { headers: { cookie } })
      const setCookie = response.headers.get('set-cookie')
      return { token: await response.text(), setCookie, cookie: setCookie?.split(';', 1)[0] ?? cookie }
    },
    async check(cookie: string, token: string, session = '', from: Record<string, string> = {}) {
      const query = new URLSearchParams({ token, session })
      const response = await app.request(`/check?${query}`, { headers: { cookie, ...from } })
      return (await response.text()) === 'true'
    },
  }
}

describe('A form token', () => {
  it('belongs to the cookie issued with it', async () => {
    const { open, check } = site()
    const { token, cookie } = await open()
    expect(await check(cookie, token)).toBe(true)
  })

  it('comes with a cookie that no sibling host can set and no script can read', async () => {
    const { setCookie } = await site().open()
    expect(setCookie).toMatch(/^__Host-csrf=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  it('uses no cookie prefix over http, where browsers would reject it', async () => {
    const { setCookie } = await site({ https: false }).open()
    expect(setCookie).toMatch(/^csrf=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('differs for each page, but every one fits the current cookie', async () => {
    const { open, check } = site()
    const first = await open()
    const second = await open(`other=1; ${first.cookie}`)
    expect(second.setCookie).toBeNull()
    expect(second.token).not.toBe(first.token)
    for (const { token } of [first, second]) expect(await check(first.cookie, token)).toBe(true)
  })

  it('is the same for all forms of one page', async () => {
    const csrf = createCsrf({ secretKey: SECRET_KEY, secretKeyFallbacks: [], https: true })
    const app = pageApp().get('/', (c) => c.text(`${csrf.token(c)} ${csrf.token(c)}`))
    const [one, other] = (await (await app.request('/')).text()).split(' ')
    expect(one).toBe(other)
  })

  describe('of several tabs of a first visit, each with a new cookie,', () => {
    const OWN_PAGE = [{ origin: 'https://auth.example.com' }, { 'sec-fetch-site': 'same-origin' }]

    it.each(OWN_PAGE)('fits the last cookie when the browser sends %j', async (from) => {
      const { open, check } = site()
      const tabs = await Promise.all(Array.from({ length: 20 }, () => open()))
      const kept = tabs.at(-1)?.cookie ?? ''
      for (const { token } of tabs) expect(await check(kept, token, '', from)).toBe(true)
    })

    it.each(OWN_PAGE)(
      'still needs a cookie of ours and its session when the browser sends %j',
      async (from) => {
        const { open, check } = site()
        const [{ token, cookie }, behind] = [await open(), await open('', 'session of Ada')]
        expect(await check('', token, '', from)).toBe(false)
        expect(await check('__Host-csrf=short; theme=dark', token, '', from)).toBe(false)
        expect(await check(cookie, token, 'session of Ada', from)).toBe(false)
        expect(await check(cookie, behind.token, '', from)).toBe(false)
        expect(await check(cookie, behind.token, 'session of Mallory', from)).toBe(false)
        expect(await check(cookie, behind.token, 'session of Ada', from)).toBe(true)
      },
    )

    it('must be signed for any headers of the browser', async () => {
      const { open, check } = site()
      const { token, cookie } = await open()
      for (let place = 0; place < token.length - 1; place += 7) {
        const changed = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1)
        expect(await check(cookie, changed, '', { 'sec-fetch-site': 'same-origin' })).toBe(false)
      }
    })

    it('fits only its own cookie when the browser does not say where a form comes from', async () => {
      const { open, check } = site()
      const [first, second] = [await open(), await open()]
      expect(await check(second.cookie, first.token)).toBe(false)
      expect(await check(first.cookie, first.token)).toBe(true)
    })
  })

  it("of a signed-in user belongs to the session, so that a sibling host's cookie cannot bring its own", async () => {
    const { open, check } = site({ https: false })
    const mallory = await open('', 'session of Mallory')
    expect(await check(mallory.cookie, mallory.token, 'session of Mallory')).toBe(true)
    expect(await check(mallory.cookie, mallory.token, 'session of Ada')).toBe(false)
    expect(await check(mallory.cookie, mallory.token)).toBe(false)
    const anonymous = await open()
    expect(await check(anonymous.cookie, anonymous.token, 'session of Ada')).toBe(false)
  })

  it('differs for every browser', async () => {
    const { open, check } = site()
    const [mine, theirs] = [await open(), await open()]
    expect(mine.token).not.toBe(theirs.token)
    expect(await check(mine.cookie, theirs.token)).toBe(false)
  })

  it('is not the cookie itself, which a sibling host could choose over http', async () => {
    const { check } = site({ https: false })
    const value = 'a'.repeat(43)
    expect(await check(`csrf=${value}`, value)).toBe(false)
  })

  it('is invalid with another secret', async () => {
    const { token, cookie } = await site().open()
    expect(await site({ secretKey: `${SECRET_KEY}!` }).check(cookie, token)).toBe(false)
  })

  it('is valid while its secret is a fallback, and new ones use the new secret', async () => {
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

  it('survives a second cookie of the same name', async () => {
    const { open, check } = site({ https: false })
    const { token, cookie } = await open()
    const tossed = `csrf=${'x'.repeat(43)}; ${cookie}`
    expect(await check(tossed, token)).toBe(true)
    expect(await check(tossed, (await open(tossed)).token)).toBe(true)
  })

  it('replaces a foreign cookie', async () => {
    const { open } = site()
    expect((await open('__Host-csrf=short')).setCookie).not.toBeNull()
    expect((await open('__Host-csrf=')).setCookie).not.toBeNull()
  })

  it.each(['', 'x', 'x'.repeat(43), 'x'.repeat(107), 'ä'.repeat(107), '='.repeat(107)])(
    'that was made up, such as %j, matches nothing',
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
