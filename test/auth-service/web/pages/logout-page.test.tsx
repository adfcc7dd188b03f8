import { beforeEach, describe, expect, it } from 'vitest'
import { APP } from '../../../support/tokens.ts'
import { ADA, openSite, type Site } from '../../support/site.ts'

const HOME = `${APP}/`
const toApp = `/logout?${new URLSearchParams({ next: HOME })}`

let site: Site
beforeEach(async () => {
  site = await openSite()
})

async function liveSessions() {
  const person = await site.service.users.findByEmail(ADA.email)
  return person ? site.service.sessions.list(person.id) : []
}

describe('GET /logout', () => {
  it('asks, and changes nothing', async () => {
    const browser = await site.signedIn()
    const page = await browser.get(toApp)
    expect(page.status).toBe(200)
    expect(page.html).toContain('<h1>Sign out?</h1>')
    expect(page.html).toContain(`<a href="${HOME}">Stay signed in</a>`)
    expect(await liveSessions()).toHaveLength(1)
    expect(page.headers.get('cache-control')).toBe('private, no-store')
  })

  it('leads back to the account page if next is foreign', async () => {
    const { html } = await site.browser().get('/logout?next=https://evil.example')
    expect(html).toContain('<a href="/account">Stay signed in</a>')
    expect(html).not.toContain('evil')
  })
})

describe('signing out', () => {
  it('ends the session on the server, deletes its cookies and continues', async () => {
    const browser = await site.signedIn()
    const page = await browser.submit(toApp, '/logout')
    expect(page.status).toBe(303)
    expect(page.location).toBe(HOME)
    expect(await liveSessions()).toEqual([])
    expect(await browser.cookies()).toEqual(['csrf'])
    expect(page.headers.getSetCookie()).toEqual([
      'jwt.access=; Domain=demo.localhost; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
      'jwt.refresh=; Domain=demo.localhost; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
      // From the other REFRESH_COOKIE setting: over http it has the same name.
      'jwt.refresh=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
      'session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    ])
  })

  it('deletes cookies with former names and domains, and ends their sessions', async () => {
    site = await openSite({
      https: true,
      authUrl: 'https://auth.apps.example.com',
      cookieDomain: 'apps.example.com',
      previousCookies: [{ prefix: 'old.jwt', domain: 'example.com' }],
    })
    const browser = await site.signedIn()
    const tokens = Object.fromEntries(
      (await browser.jar.getCookies(site.origin)).map(({ key, value }) => [key, value]),
    )
    await browser.jar.removeAllCookies()
    const former = {
      'old.jwt.refresh': [tokens['__Secure-jwt.refresh'], 'Domain=example.com; '],
      'old.jwt.access': ['stale', 'Domain=example.com; '],
      '__Host-old.jwt.refresh': ['stale', ''],
      '__Host-jwt.refresh': ['stale', ''],
    }
    for (const [name, [value, domain]] of Object.entries(former)) {
      await browser.jar.setCookie(`${name}=${value}; ${domain}Path=/; Secure`, site.origin)
    }
    expect(await browser.cookies()).toHaveLength(4)
    expect(await liveSessions()).toHaveLength(1)
    expect((await browser.submit('/logout', '/logout')).status).toBe(303)
    expect(await browser.cookies()).toEqual(['__Host-csrf'])
    expect(await liveSessions()).toEqual([])
  })

  it('is not needed to delete former cookies: the next sign-in does that, so that no name occurs twice', async () => {
    site = await openSite({
      https: true,
      authUrl: 'https://auth.apps.example.com',
      cookieDomain: 'apps.example.com',
      previousCookies: [{ prefix: '__Secure-jwt', domain: 'example.com' }],
    })
    const browser = await site.signedIn()
    for (const name of ['__Secure-jwt.access', '__Secure-jwt.refresh']) {
      await browser.jar.setCookie(`${name}=former; Domain=example.com; Path=/; Secure`, site.origin)
    }
    await browser.json('/login', ADA)
    expect(await browser.cookies()).toEqual(['__Host-session', '__Secure-jwt.access', '__Secure-jwt.refresh'])
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('leaves other sessions alone', async () => {
    const browser = await site.signedIn()
    await site.browser().json('/login', ADA)
    await browser.submit('/logout', '/logout')
    expect(await liveSessions()).toHaveLength(1)
  })

  it('works after the access token has expired and its cookie is gone', async () => {
    const browser = await site.signedIn()
    site.service.wait(3600)
    const [refresh] = (await browser.jar.getCookies(site.origin)).filter(({ key }) => key === 'jwt.refresh')
    const response = await site.app.request('/logout', {
      method: 'POST',
      headers: { cookie: `jwt.refresh=${refresh?.value}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(response.status).toBe(200)
    expect(await liveSessions()).toEqual([])
  })

  it('leads to the login page with a note by default', async () => {
    const browser = await site.signedIn()
    const page = await browser.submit('/logout', '/logout')
    expect(page.location).toBe(`${site.origin}/login?notice=signed_out`)
    expect((await browser.get('/login?notice=signed_out')).html).toContain('You are signed out.')
  })

  it('never leads to a foreign page', async () => {
    const browser = await site.signedIn()
    const page = await browser.submit('/logout', '/logout', { next: 'https://evil.example/' })
    expect(page.location).toBe(`${site.origin}/login?notice=signed_out&notice=next_refused`)
    expect((await browser.get(page.location ?? '')).html).toContain('is not one of ours')
  })

  it('does no harm to users who are not signed in', async () => {
    const page = await site.browser().submit('/logout', '/logout')
    expect(page.status).toBe(303)
  })

  it('requires the form of our own page', async () => {
    const browser = await site.signedIn()
    const stale = await browser.submit(toApp, '/logout', { csrf_token: 'x' })
    expect(stale.status).toBe(403)
    expect(stale.form('/logout')).toMatchObject({ next: HOME })
    const foreign = await browser.request('/logout', {
      method: 'POST',
      headers: { origin: APP, 'sec-fetch-site': 'same-site', 'content-type': 'application/json' },
      body: '{}',
    })
    expect(foreign.status).toBe(403)
    expect(await liveSessions()).toHaveLength(1)
  })

  it('returns JSON with where to go', async () => {
    const browser = await site.signedIn()
    const answer = await browser.json('/logout', { next: HOME })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.html)).toEqual({
      next: HOME,
      sessions: [expect.any(String)],
    })
    expect(await browser.cookies()).toEqual([])
    expect(await liveSessions()).toEqual([])
  })

  it('needs no body from a program', async () => {
    const browser = await site.signedIn()
    const page = await browser.request('/logout', { method: 'POST', headers: { accept: 'application/json' } })
    expect(page.status).toBe(200)
    expect(await liveSessions()).toEqual([])
  })
})
