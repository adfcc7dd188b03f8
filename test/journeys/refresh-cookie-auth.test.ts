import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor, NAVIGATION, type Visit, type Visitor } from '../support/visitor.ts'

const PASSWORD = 'a long walk by the sea'
let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ REFRESH_COOKIE: 'auth' })
})
afterAll(() => family.close())

let count = 0
/** A new user with a browser, who registers on the way to the notes. */
async function register(): Promise<{ visitor: Visitor; notes: Visit }> {
  const visitor = createVisitor()
  const login = await visitor.visit(`${family.notes.url}/notes`)
  const form = await visitor.visit(`${family.auth.url}/register${new URL(login.url).search}`)
  const email = `person-${++count}@example.com`
  const fields = { email, password: PASSWORD, first_name: 'Ada', last_name: 'Lovelace' }
  return { visitor, notes: await visitor.submit(form, '/register', fields) }
}

const login = (next: string) => `${family.auth.url}/login?next=${encodeURIComponent(next)}`

/** Sends a form like a browser, without following redirects. */
const post = (visitor: Visitor, url: string, body: string, referer?: string) =>
  visitor.request(url, {
    method: 'POST',
    headers: {
      ...NAVIGATION,
      origin: new URL(url).origin,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
      ...(referer && { referer }),
    },
    body,
  })

describe('A family whose refresh cookie stays with the auth service', () => {
  it('signs users in to every app, and sends its refresh cookie to none of them', async () => {
    const { visitor, notes } = await register()
    expect([notes.status, notes.url]).toEqual([200, `${family.notes.url}/notes`])
    expect((await visitor.visit(`${family.teamBoard.url}/`)).html).toContain('Sign out')

    for (const app of [family.notes, family.teamBoard]) {
      const names = (await visitor.jar.getCookies(`${app.url}/`)).map(({ key }) => key)
      expect(names).toEqual(['jwt.access'])
    }
    const kept = (await visitor.jar.getCookies(family.auth.url)).find(({ key }) => key === 'jwt.refresh')
    expect([kept?.hostOnly, kept?.domain]).toEqual([true, 'auth.demo.localhost'])
    expect(kept?.httpOnly).toBe(true)
  })

  it('returns to the exact page without a form after the access cookie expired', async () => {
    const { visitor } = await register()
    const wanted = `${family.notes.url}/notes?before=99&q=a%20b%26c`
    const [access, refresh] = [
      await visitor.cookie(wanted, 'jwt.access'),
      await visitor.cookie(family.auth.url, 'jwt.refresh'),
    ]
    await visitor.drop(wanted, 'jwt.access')

    const sent = await visitor.request(wanted, { headers: NAVIGATION })
    expect([sent.status, sent.location]).toEqual([302, login(wanted)])
    const passed = await visitor.request(login(wanted), { headers: NAVIGATION })
    expect([passed.status, passed.location]).toEqual([303, wanted])
    const arrived = await visitor.request(wanted, { headers: NAVIGATION })
    expect([arrived.status, arrived.location]).toEqual([200, null])
    expect(arrived.html).toContain('Ada Lovelace')

    const renewed = await visitor.cookie(wanted, 'jwt.access')
    expect(renewed).toBeDefined()
    expect(renewed).not.toBe(access)
    const rotated = await visitor.cookie(family.auth.url, 'jwt.refresh')
    expect(rotated).toBeDefined()
    expect(rotated).not.toBe(refresh)
  })

  it('tells a script where to sign in instead of redirecting it', async () => {
    const { visitor } = await register()
    const url = `${family.notes.url}/notes`
    const script = {
      accept: 'text/html, application/json',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      'sec-fetch-site': 'same-origin',
      referer: url,
    }
    expect((await visitor.request(url, { headers: script })).status).toBe(200)
    await visitor.drop(url, 'jwt.access')

    const refused = await visitor.request(url, { headers: script })
    expect([refused.status, refused.location]).toEqual([401, null])
    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    expect(JSON.parse(refused.html)).toMatchObject({ status: 401, login_url: login(url) })
    expect(refused.headers.get('www-authenticate')).toContain('Bearer')
    expect(refused.headers.getSetCookie()).toEqual([])
  })

  it('returns a late form to its page, and saves nothing without the user', async () => {
    const { visitor } = await register()
    const page = `${family.notes.url}/notes?before=99`
    await visitor.drop(page, 'jwt.access')

    const late = await post(visitor, `${family.notes.url}/notes`, 'text=sent+too+late', page)
    expect([late.status, late.refresh]).toEqual([401, login(page)])
    const back = await visitor.visit(late.refresh as string)
    expect([back.status, back.url]).toEqual([200, page])
    expect((await visitor.visit(`${family.notes.url}/notes`)).html).not.toContain('sent too late')
  })

  it.each([
    ['no page is named', undefined],
    ['the page is on another host', 'http://evil.example/notes'],
    ['the page is on a sibling host', () => `${family.teamBoard.url}/staff`],
  ])('returns it to the start page when %s', async (_, given) => {
    const { visitor } = await register()
    await visitor.drop(family.notes.url, 'jwt.access')
    const referer = typeof given === 'function' ? given() : given
    const late = await post(visitor, `${family.notes.url}/notes`, 'text=late', referer)
    expect([late.status, late.refresh]).toEqual([401, login(`${family.notes.url}/`)])
  })

  it("accepts no refresh cookie at an app, since it must be another user's", async () => {
    const { visitor } = await register()
    const url = `${family.notes.url}/notes`
    const refresh = await visitor.cookie(family.auth.url, 'jwt.refresh')
    await visitor.drop(url, 'jwt.access')
    await visitor.jar.setCookie(`jwt.refresh=${refresh}; Path=/`, url)

    const sent = await visitor.request(url, { headers: NAVIGATION })
    expect([sent.status, sent.location]).toEqual([302, login(url)])
    expect(sent.headers.getSetCookie()).toEqual([])
  })

  it('signs out of everything at once', async () => {
    const { visitor } = await register()
    const asked = await visitor.visit(
      `${family.auth.url}/logout?next=${encodeURIComponent(`${family.teamBoard.url}/`)}`,
    )
    const left = await visitor.submit(asked, '/logout')
    expect(left.url).toBe(`${family.teamBoard.url}/`)
    expect(left.html).not.toContain('Sign out')

    for (const { url } of family.processes()) {
      const names = (await visitor.jar.getCookies(`${url}/`)).map(({ key }) => key)
      expect(names.filter((name) => name.startsWith('jwt.'))).toEqual([])
    }
    const wanted = `${family.notes.url}/notes`
    const asks = await visitor.visit(wanted)
    expect([asks.status, asks.url]).toEqual([200, login(wanted)])
    expect(asks.html).toContain('name="password"')
  })

  it('ends the session itself: a saved refresh cookie is useless', async () => {
    const { visitor } = await register()
    const kept = await visitor.cookie(family.auth.url, 'jwt.refresh')
    await visitor.submit(await visitor.visit(`${family.auth.url}/logout`), '/logout')
    await visitor.jar.setCookie(`jwt.refresh=${kept}; Path=/; HttpOnly`, family.auth.url)
    const wanted = `${family.notes.url}/notes`
    expect((await visitor.visit(wanted)).url).toBe(login(wanted))
  })
})
