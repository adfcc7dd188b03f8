import { describe, expect, it } from 'vitest'
import {
  createRedirectCounter,
  type RedirectCounterOptions,
} from '../../../../auth-service/src/web/sign-in/redirect-counter.ts'
import { APP, NOW } from '../../../support/tokens.ts'
import { openBrowser } from '../../support/browser.ts'
import { pageApp } from '../../support/page-app.ts'
import { SECRET_KEY } from '../../support/services.ts'

const PAGE = `${APP}/notes?page=2`
const ORIGIN = 'https://auth.example.com'

function open(changes: Partial<RedirectCounterOptions> = {}) {
  let seconds = NOW
  const now = () => seconds * 1000
  const bounces = createRedirectCounter({
    secretKey: SECRET_KEY,
    https: true,
    accessTtl: 300,
    now,
    ...changes,
  })
  const app = pageApp()
    .get('/add', (c) => {
      bounces.add(c, c.req.query('page') ?? PAGE, c.req.query('told') !== undefined)
      return c.text('')
    })
    .get('/forget', (c) => {
      bounces.forget(c)
      return c.text('')
    })
    .get('/', (c) => {
      const page = c.req.query('page') ?? PAGE
      const isTold = c.req.query('told') !== undefined
      return c.text(`${bounces.isBack(c, page)} ${bounces.isLoop(c, page, isTold)}`)
    })
  const browser = openBrowser(app, { origin: ORIGIN })
  const at = (path: string, page = PAGE, told = true) =>
    `${path}?${new URLSearchParams({ page, ...(told && { told: '' }) })}`
  return {
    app,
    browser,
    wait: (by: number) => {
      seconds += by
    },
    add: (page?: string, told?: boolean) => browser.get(at('/add', page, told)),
    forget: () => browser.get('/forget'),
    isBack: async (page?: string) => (await browser.get(at('/', page))).html.startsWith('true'),
    isLoop: async (page?: string, told?: boolean) =>
      (await browser.get(at('/', page, told))).html.endsWith('true'),
  }
}

describe('Redirects', () => {
  it('are a loop once a browser was sent to a page twice and is back', async () => {
    const { add, isBack, isLoop } = open()
    expect([await isBack(), await isLoop()]).toEqual([false, false])
    await add()
    expect([await isBack(), await isLoop()]).toEqual([true, false])
    await add()
    expect([await isBack(), await isLoop()]).toEqual([true, true])
  })

  it('are no loop if no app rejected anything: a bookmark of the login page can be opened again', async () => {
    const { add, isBack, isLoop } = open()
    for (let time = 0; time < 4; time++) {
      await add(PAGE, false)
      expect([await isBack(), await isLoop(PAGE, false), await isLoop()]).toEqual([true, false, false])
    }
  })

  it('are a loop if an app returns the browser without a reason, before the browser gives up', async () => {
    const { add, isLoop } = open()
    for (let time = 0; time < 5; time++) {
      expect(await isLoop(PAGE, false)).toBe(false)
      await add(PAGE, false)
    }
    expect(await isLoop(PAGE, false)).toBe(true)
  })

  it('are counted per page, ignoring the fragment', async () => {
    const { add, isLoop } = open()
    await add(`${PAGE}#a`)
    await add(PAGE)
    expect(await isLoop(`${PAGE}#b`)).toBe(true)
  })

  it('to other pages and apps are counted separately', async () => {
    const { add, isBack, isLoop } = open()
    for (const page of [`${APP}/a`, `${APP}/b`, 'http://app2.demo.localhost:4002/notes?page=2']) {
      await add(page)
    }
    expect([await isBack(), await isLoop()]).toEqual([false, false])
  })

  it('to ever new pages of an app are a loop, too, before the browser gives up', async () => {
    const { add, isLoop } = open()
    for (let i = 0; i < 5; i++) {
      expect(await isLoop(`${APP}/?${i}`)).toBe(false)
      await add(`${APP}/?${i}`)
    }
    expect(await isLoop(`${APP}/?new`)).toBe(true)
    expect(await isLoop('http://app2.demo.localhost:4002/')).toBe(false)
  })

  it('count for 20 s', async () => {
    const { add, isLoop, wait } = open()
    await add()
    await add()
    wait(19)
    expect(await isLoop()).toBe(true)
    wait(1)
    expect(await isLoop()).toBe(false)
  })

  it('count no longer than an access token lives, since expired tokens may return', async () => {
    const { add, isLoop, wait } = open({ accessTtl: 2 })
    await add()
    await add()
    expect(await isLoop()).toBe(true)
    wait(2)
    expect(await isLoop()).toBe(false)
  })

  it('can be forgotten, and set no cookie if there is none', async () => {
    const { add, isLoop, forget, browser } = open()
    expect((await forget()).headers.getSetCookie()).toEqual([])
    await add()
    await add()
    await forget()
    expect(await isLoop()).toBe(false)
    expect(await browser.cookies()).toEqual([])
  })
})

describe('The redirect counter cookie', () => {
  it('is short-lived, signed, and out of reach for sibling hosts and scripts', async () => {
    const { headers } = await open().add()
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-bounces=[\w-]+\.[\w-]{43}; Path=\/; Max-Age=20; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
  })

  it('uses no cookie prefix over http, where browsers would reject it', async () => {
    const { headers } = await open({ https: false }).add()
    expect(headers.get('set-cookie')).toMatch(
      /^bounces=[\w.-]+; Path=\/; Max-Age=20; HttpOnly; SameSite=Lax$/,
    )
  })

  it('contains no URL, and does not grow', async () => {
    const { add } = open()
    const lengths: number[] = []
    for (let i = 0; i < 9; i++) {
      const { headers } = await add(`${APP}/secret/${i}`)
      const [value = ''] = headers.getSetCookie()
      lengths.push(value.length)
      expect(Buffer.from(value.split(/[=.]/)[1] ?? '', 'base64url').toString()).not.toMatch(/demo|secret/)
    }
    expect(new Set(lengths.slice(4)).size).toBe(1)
    expect(lengths.at(-1)).toBeLessThan(450)
  })

  it.each([
    ['made up', () => `${Buffer.from('[["a","b",1]]').toString('base64url')}.${'A'.repeat(43)}`],
    ['signed with another secret', () => ''],
    ['empty', () => ''],
    ['rubbish', () => 'x.y.z'],
    ['without a signature', (value: string) => value.split('.')[0] ?? ''],
    ['with another text', (value: string) => `x${value}`],
  ])('is ignored when it is %s', async (kind, spoil) => {
    const secretKey = kind === 'signed with another secret' ? `${SECRET_KEY}!` : SECRET_KEY
    const other = open({ secretKey })
    await other.add()
    const [cookie] = (await other.add()).headers.getSetCookie()
    const value = cookie?.split(/[=;]/)[1] ?? ''
    const spoilt = kind === 'signed with another secret' ? value : spoil(value)
    const response = await open().app.request('/', { headers: { cookie: `__Host-bounces=${spoilt}` } })
    expect(await response.text()).toBe('false false')
  })
})
