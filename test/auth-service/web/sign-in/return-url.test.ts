import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { carried, createReturnUrls, withNext } from '../../../../auth-service/src/web/sign-in/return-url.ts'
import { hostileNexts } from '../../../support/corpora.ts'
import { APP, COOKIE_DOMAIN, ISSUER } from '../../../support/tokens.ts'

const NO_APPS = { at: () => null, origins: () => [] }
const CONFIG = { authUrl: ISSUER, cookieDomain: COOKIE_DOMAIN, https: false }
const nexts = createReturnUrls({ config: CONFIG, apps: NO_APPS, warn() {} })
const hostile = hostileNexts()
const page = `${APP}/notes?q=a%20b#end`

describe('A return URL', () => {
  it('is accepted if it is in the family, with its host to show', () => {
    expect(nexts.read(page)).toEqual({
      href: page,
      host: 'app1.demo.localhost',
      name: 'app1.demo.localhost',
      refused: false,
    })
  })

  it('shows no host for the auth service itself', () => {
    expect(nexts.read(`${ISSUER}/account`)).toMatchObject({ host: null, name: null, refused: false })
  })

  it.each([undefined, null, ''])('is absent when it is %j', (given) => {
    expect(nexts.read(given)).toEqual({ href: null, host: null, name: null, refused: false })
  })

  it.each([
    'https://evil.example/',
    '/account',
    5,
    true,
    {},
    [page],
    [page, page],
    'refused',
    `${APP}/${'x'.repeat(8192)}`,
  ])('is rejected when it is %j', (given) => {
    expect(nexts.read(given)).toEqual({ href: null, host: null, name: null, refused: true })
  })

  it(`is rejected for each of the hostile ones (${hostile.source})`, () => {
    const values = hostile.lines.flatMap((line) => [line, encodeURIComponent(line)])
    for (const value of values) expect(nexts.read(value), value).toMatchObject({ href: null, refused: true })
  })

  it.each(['', '/', '/notes?to='])('stays in the family with a hostile one after %j', (path) => {
    for (const line of hostile.lines) {
      const { href, refused } = nexts.read(`${APP}${path}${line}`)
      if (!refused) expect(new URL(href ?? '').hostname, line).toMatch(/(^|\.)demo\.localhost$/)
    }
  })

  it('must use https if the auth service does', () => {
    const config = { authUrl: 'https://auth.a.example', cookieDomain: 'a.example', https: true }
    const strict = createReturnUrls({ config, apps: NO_APPS, warn() {} })
    expect(strict.read('http://app.a.example/').refused).toBe(true)
    expect(strict.read('https://app.a.example/').refused).toBe(false)
  })

  it('can be at a registered origin of an app, whose name it shows', () => {
    const shop = {
      id: 1,
      name: 'Shop',
      origins: ['http://shop.example:81'],
      startUrl: '',
      tokenScopes: [],
      icon: 'S',
      clientId: null,
      rules: [],
      oidc: null,
      saml: null,
    }
    const apps = {
      at: (origin: string) => (origin === shop.origins[0] ? shop : null),
      origins: () => shop.origins,
    }
    const reader = createReturnUrls({ config: CONFIG, apps, warn() {} })
    const next = reader.read('http://shop.example:81/cart')
    expect(next).toEqual({
      href: 'http://shop.example:81/cart',
      host: 'shop.example',
      name: 'Shop',
      refused: false,
    })
    expect(reader.landing(next, '/account')).toBe('http://shop.example:81/cart')
    for (const other of [
      'http://shop.example/cart',
      'https://shop.example:81/',
      'http://a.shop.example:81/',
    ]) {
      expect(reader.read(other).refused, other).toBe(true)
    }
    expect(nexts.landing(next, '/account'), 'once it is registered no more').toBe(`${ISSUER}/account`)
  })

  it('is read from the query, and ignored when given twice', async () => {
    const app = new Hono().get('/', (c) => c.json(nexts.fromQuery(c)))
    const read = async (query: string) => (await app.request(`/?${query}`)).json()
    expect(await read(new URLSearchParams({ next: page }).toString())).toMatchObject({ href: page })
    expect(await read('')).toMatchObject({ refused: false })
    expect(await read(`next=${APP}&next=${APP}`)).toMatchObject({ href: null, refused: true })
  })
})

describe('The return URL in a form', () => {
  it('is the accepted one, as the parser wrote it', () => {
    expect(carried(nexts.read('HTTP://APP1.demo.localhost:4001/a/../b'))).toBe(`${APP}/b`)
    expect(withNext('/register', nexts.read(page))).toBe(
      `/register?next=${encodeURIComponent(page).replaceAll('%20', '+')}`,
    )
  })

  it('is absent if none was given', () => {
    expect(withNext('/register', nexts.read(''))).toBe('/register')
  })

  it('is never a rejected one, only the fact of its rejection', () => {
    const refused = nexts.read('https://evil.example/')
    expect(carried(refused)).not.toContain('evil')
    expect(nexts.read(carried(refused)).refused).toBe(true)
  })
})

describe('The target after sign-in', () => {
  it('is the return URL, checked again', () => {
    expect(nexts.landing(nexts.read(page), '/account')).toBe(page)
    const forged = { href: 'https://evil.example/', host: null, name: null, refused: false }
    expect(nexts.landing(forged, '/account')).toBe(`${ISSUER}/account`)
  })

  it('is our own page with any notices', () => {
    expect(nexts.landing(nexts.read(''), '/account')).toBe(`${ISSUER}/account`)
    expect(nexts.landing(nexts.read('x'), '/account')).toBe(`${ISSUER}/account?notice=next_refused`)
    expect(nexts.landing(nexts.read('x'), '/login', 'signed_out')).toBe(
      `${ISSUER}/login?notice=signed_out&notice=next_refused`,
    )
  })
})
