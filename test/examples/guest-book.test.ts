import Database from 'better-sqlite3'
import type { Hono } from 'hono'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApp } from '../../examples/guest-book/src/app.ts'
import { openBrowser } from '../auth-service/support/browser.ts'
import { fetchOf, openOidcSite, registerClient } from '../auth-service/support/relying-party.ts'
import { revocationSource } from '../support/revocation-source.ts'

afterEach(() => vi.useRealTimers())

const BOOK = 'http://partner.localhost:4003'

/** The guest book, and the auth service where its users sign in. */
async function open() {
  const site = await openOidcSite()
  const { clientId, clientSecret } = await registerClient(site.service, {
    redirect_uris: [`${BOOK}/auth/callback`],
    post_logout_redirect_uris: [`${BOOK}/auth/signed-out`],
    back_channel_logout_uri: `${BOOK}/auth/back-channel-logout`,
    first_party: true,
  })
  const db = new Database(':memory:')
  onTestFinished(() => void db.close())
  const app = createApp({
    db,
    ownUrl: BOOK,
    loginUrl: `${site.origin}/login`,
    auth: { clientId, clientSecret, fetch: fetchOf(site), revocations: revocationSource() },
  })
  const router = {
    request: ((url: string, init: RequestInit) =>
      String(url).startsWith(BOOK) ? app.request(url, init) : site.app.request(url, init)) as Hono['request'],
  }
  const visitor = () => openBrowser(router, { origin: BOOK })
  async function signedIn(person: Parameters<typeof site.signedIn>[0] = {}) {
    const family = await site.signedIn(person)
    const browser = visitor()
    for (const cookie of await family.jar.getCookies(site.origin))
      await browser.jar.setCookie(cookie, site.origin)
    let page = await browser.get('/write')
    while (page.location !== null) page = await browser.get(page.location)
    expect(page.html).toContain('you came in by OpenID Connect')
    return browser
  }
  return { db, visitor, signedIn }
}

describe('The guest book', () => {
  it('is open to read, and leads to the sign-in to write', async () => {
    const { visitor } = await open()
    const page = await visitor().get('/')
    expect(page.status).toBe(200)
    expect(page.html).toContain(`href="${BOOK}/auth/sign-in?next=`)
    expect((await visitor().get('/write')).location).toContain(`${BOOK}/auth/sign-in?next=`)
  })

  it('shows a line with the name of its writer, as text', async () => {
    const { visitor, signedIn } = await open()
    const ada = await signedIn()
    expect((await ada.post('/entries', { text: ' <b>Hello</b> ' })).location).toBe('/')
    const { html } = await visitor().get('/')
    expect(html).toContain('&lt;b&gt;Hello&lt;/b&gt;')
    expect(html).toContain('Ada Lovelace')
    expect(html, 'for its writer alone').not.toContain('/delete')
  })

  it('takes no empty line, and none that is too long', async () => {
    const { signedIn, db } = await open()
    const ada = await signedIn()
    for (const [text, problem] of [
      ['  ', 'Write something first.'],
      ['x'.repeat(201), 'This line has 201 characters.'],
    ] as const) {
      const page = await ada.post('/entries', { text })
      expect(page.status).toBe(422)
      expect(page.html).toContain(problem)
    }
    expect(db.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(0)
  })

  it('lets writers delete their own lines alone', async () => {
    const { signedIn, db } = await open()
    const ada = await signedIn()
    await ada.post('/entries', { text: 'Mine' })
    const bob = await signedIn({ email: 'bob@example.com', first_name: 'Bob', last_name: '' })
    expect((await bob.post('/entries/1/delete', {})).status).toBe(404)
    expect((await ada.post('/entries/1/delete', {})).location).toBe('/')
    expect((await ada.post('/entries/1/delete', {})).status).toBe(404)
    expect(db.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(0)
  })

  it('keeps the pages of its sign-ins, which say more than those of the house', async () => {
    const { visitor } = await open()
    const page = await visitor().get('/auth/callback?state=invented')
    expect([page.status, page.title]).toEqual([400, 'This sign-in has expired'])
  })
})
