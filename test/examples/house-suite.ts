import type { TestPerson } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { attribute, type Browser } from '../auth-service/support/browser.ts'
import { loginFor, type World } from './support/world.ts'

export interface HouseUnderTest {
  readonly product: string
  /** A public page, and one for signed-in users. */
  readonly open: string
  readonly guarded: string
  /** A form that stores one text, and how to find it again. */
  readonly form: { readonly action: string; readonly field: string }
  count(db: Database.Database): number
  /** A page that reads this table. */
  readonly reading: { readonly path: string; readonly table: string }
  /** The table of local users. */
  readonly people: string
  /** Its script, if it has one. */
  readonly script?: string
  /** What the guarded page needs of a user. */
  readonly person: TestPerson
}

/** The behaviour that all apps of the family share. */
export function describeHouse(create: () => World, house: HouseUnderTest): void {
  const { product, open, guarded, form } = house
  const submit = (browser: Browser, text: string) => browser.post(form.action, { [form.field]: text })

  describe(`${product}, as an app of the family`, () => {
    it('offers anonymous visitors a sign-in that returns to the current page', async () => {
      const world = create()
      const page = await world.visitor().get(`${open}?a=1&b=%20`)
      expect(page.status).toBe(200)
      expect(linkTo(page.html, 'Sign in')).toBe(loginFor(`${world.origin}${open}?a=1&b=%20`))
      expect(page.html).not.toContain('Sign out')
    })

    it('shows the signed-in user, with a link to the account page and a button that signs out', async () => {
      const world = create()
      const page = await (await world.signedIn(house.person)).get(open)
      expect(page.html).toContain('Ada Lovelace')
      expect(linkTo(page.html, 'Ada Lovelace')).toBe('http://auth.demo.localhost:4000/account')
      expect(page.html).toContain('<form method="post" action="/sign-out">')
      expect(page.html.replace(HIDDEN, '')).not.toContain('Sign in')
    })

    it('signs out by its own button, at the auth service as well', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      const cookie = await browser.jar.getCookieString(world.origin)
      const page = await browser.post('/sign-out', {})
      expect([page.status, page.location]).toEqual([303, `${world.origin}/`])
      expect(await browser.cookies()).toEqual([])
      expect((await browser.get(open)).html).toContain('Sign in')
      expect((await world.visitor().request(guarded, { headers: { cookie } })).status).toBe(302)
    })

    it('says that the user is still signed in if the auth service is down', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      world.authService.stop()
      const page = await browser.post('/sign-out', {})
      expect([page.status, page.title]).toEqual([503, `You are still signed in · ${product}`])
      expect(await browser.cookies()).toHaveLength(2)
      expect((await browser.get(open)).html).toContain('Sign out')
    })

    it('shows no tour and has no route of it unless the demo runs it', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      expect((await browser.get(open)).html).not.toContain('class="tour"')
      for (const path of ['/tour', '/tour/watch', '/tour/heard']) {
        expect((await browser.post(path, { action: 'end_token' })).status).toBe(404)
      }
    })

    it('shows the email address of users without a name', async () => {
      const nameless = { ...house.person, firstName: '', lastName: '' }
      const page = await (await create().signedIn(nameless)).get(open)
      expect(linkTo(page.html, 'ada@example.com')).toContain('/account')
    })

    it('redirects anonymous visitors of a guarded page to the login page and back', async () => {
      const world = create()
      const page = await world.visitor().get(`${guarded}?q=a%20b`)
      expect([page.status, page.location]).toEqual([302, loginFor(`${world.origin}${guarded}?q=a%20b`)])
    })

    it('tells a program that it is not signed in', async () => {
      const world = create()
      const answer = await world.visitor().request(guarded, { headers: { accept: 'application/json' } })
      expect(answer.status).toBe(401)
      expect(JSON.parse(answer.html)).toMatchObject({
        status: 401,
        login_url: loginFor(`${world.origin}${guarded}`),
      })
    })

    it('keeps every page out of caches, and runs no scripts on it but its own', async () => {
      const browser = await create().signedIn(house.person)
      for (const path of [open, guarded, '/nowhere']) {
        const { headers, html } = await browser.get(path)
        expect(headers.get('cache-control')).toBe('private, no-store')
        expect(headers.get('vary')).toMatch(/\bCookie\b/)
        const policy = headers.get('content-security-policy') ?? ''
        expect(policy).toContain("default-src 'none'")
        expect(policy).not.toContain('unsafe')
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(html.replace(OWN_SCRIPT, '')).not.toMatch(/<script|<style| style=| on\w+=/)
        expect(policy).toMatch(house.script ? /script-src 'self'(;|$)/ : /^(?!.*script-src)/)
      }
    })

    it('allows forms to redirect to the login page', async () => {
      const { headers } = await create().visitor().get(open)
      expect(headers.get('content-security-policy')).toContain(
        "form-action 'self' http://auth.demo.localhost:4000",
      )
    })

    it('serves its style and icon to any cache, under URLs with their hash', async () => {
      const browser = await create().signedIn(house.person)
      const { html } = await browser.get(open)
      const files = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1] as string)
      expect(new Set(files.map((file) => file.split('?')[0]))).toEqual(
        new Set(['/assets/icon.svg', '/assets/style.css', ...(house.script ? [house.script] : [])]),
      )
      for (const file of files) {
        const { status, headers } = await browser.get(file)
        expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
        expect(headers.get('vary')).toBeNull()
        expect((await browser.get(file.replace(/v=.*/, 'v=old'))).headers.get('cache-control')).toBe(
          'no-cache',
        )
      }
      expect((await browser.get('/assets/style.css')).html).toContain('--accent')
    })

    it('has its own page for missing URLs', async () => {
      const page = await (await create().signedIn(house.person)).get('/nowhere')
      expect([page.status, page.title]).toEqual([404, `Page not found · ${product}`])
      expect(page.html).toContain('Ada Lovelace')
    })

    it('rejects bodies over 64 KiB, with or without a declared length', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      const text = 'x'.repeat(64 * 1024 + 1)
      const declared = await browser.request(form.action, {
        method: 'POST',
        headers: { ...SAME_ORIGIN, 'content-length': String(text.length) },
        body: `${form.field}=${text}`,
      })
      const streamed = await browser.request(form.action, {
        method: 'POST',
        headers: { ...SAME_ORIGIN, 'transfer-encoding': 'chunked' },
        body: new Blob([`${form.field}=${text}`]).stream(),
        duplex: 'half',
      } as RequestInit)
      for (const page of [declared, streamed]) {
        expect([page.status, page.title]).toEqual([413, `Request too large · ${product}`])
      }
      expect(house.count(world.db)).toBe(0)
    })

    it('accepts forms only from its own pages', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      for (const foreign of [
        { 'sec-fetch-site': 'same-site', origin: 'http://app2.demo.localhost:9999' },
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        { origin: 'null' },
      ]) {
        const headers = { ...FORM, 'sec-fetch-mode': 'navigate', ...foreign }
        const body = `${form.field}=hello`
        const page = await browser.request(form.action, { method: 'POST', headers, body })
        expect([page.status, page.title]).toEqual([403, `Request from another site · ${product}`])
      }
      expect(house.count(world.db)).toBe(0)
    })

    it('redirects users whose session ended while they wrote to the login page', async () => {
      const world = create()
      const page = await submit(world.visitor(), 'hello')
      expect([page.status, page.refresh]).toEqual([401, loginFor(`${world.origin}/`)])
      expect(house.count(world.db)).toBe(0)
    })

    it('asks users to try again while the auth service is down, and keeps the cookies', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      world.authService.stop()
      world.seconds += 400
      const page = await browser.get(guarded)
      expect([page.status, page.title]).toEqual([503, `Temporarily unavailable · ${product}`])
      expect(page.headers.get('retry-after')).toBe('5')
      expect(page.headers.get('cache-control')).toBe('private, no-store')
      expect(page.headers.get('set-cookie')).toBeNull()
      expect((await browser.get(open)).status).toBe(200)
      world.authService.start()
      expect((await browser.get(guarded)).status).toBe(200)
    })

    it('asks users to try again while its database is locked', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      await browser.get(guarded)
      const other = new Database(world.databaseFile)
      other.exec('BEGIN IMMEDIATE')
      const errors = quiet()
      const page = await submit(browser, 'hello')
      expect([page.status, page.title]).toEqual([503, `Temporarily unavailable · ${product}`])
      expect(page.headers.get('retry-after')).toBe('5')
      other.exec('ROLLBACK')
      expect((await submit(browser, 'hello')).status).toBe(303)
      expect(house.count(world.db)).toBe(1)
      expect(errors()).toMatch(new RegExp(`${product}: POST ${form.action} failed: .*database is locked`))
    })

    it('reports its internal errors without details', async () => {
      const world = create()
      const browser = await world.signedIn(house.person)
      const { path, table } = house.reading
      await browser.get(path)
      const errors = quiet()
      world.db.pragma('foreign_keys = OFF')
      world.db.exec(`DROP TABLE ${table}`)
      const page = await browser.get(path)
      expect([page.status, page.title]).toEqual([500, `Something went wrong · ${product}`])
      expect(page.html).not.toContain('no such table')
      expect(errors()).toContain(`no such table: ${table}`)
    })

    it('rejects disabled users, and says so', async () => {
      const world = create()
      const before = await world.signedIn(house.person)
      await before.get(open)
      world.db.exec(`UPDATE ${house.people} SET is_active = 0`)
      world.seconds += 1
      const after = await world.signedIn(house.person)
      const page = await after.get(guarded)
      expect([page.status, page.title]).toEqual([403, `Access disabled · ${product}`])
      for (const { html } of [page, await after.get(open)]) {
        expect(linkTo(html, 'Sign in'), 'which they are').toBeUndefined()
        expect(html).toContain('action="/sign-out"')
      }
    })
  })
}

const HIDDEN = /<div [^>]*hidden="">.*?<\/div>/s
const OWN_SCRIPT = /<script type="module" src="\/assets\/[^"]+"><\/script>/
const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
const SAME_ORIGIN = { ...FORM, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }

/** The target of the link with this text. */
function linkTo(html: string, text: string): string | undefined {
  const tag = html.match(/<a [^>]*>[^<]*/g)?.find((link) => link.endsWith(`>${text}`))
  return tag && attribute(tag, 'href')
}

/** Keeps expected errors off the terminal; returns their text. */
function quiet(): () => string {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
  return () => {
    const lines = spy.mock.calls.map((args) => args.map(String).join(' '))
    spy.mockRestore()
    return lines.join('\n')
  }
}
