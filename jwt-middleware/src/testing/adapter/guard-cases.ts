import { casesOf } from './adapter-case.ts'
import {
  expectHeader,
  expectLogin,
  expectNoCookies,
  expectPrivate,
  expectStatus,
  expectUser,
  jsonOf,
} from './case-expectations.ts'

const users = casesOf('users', {
  async 'A visitor without cookies is anonymous, and open routes answer'({ page }) {
    expectUser(await page('/open'), null)
  },
  async 'A signed-in user is known, on first sight and again'({ page, testAuth }) {
    const { cookie } = testAuth.signedIn()
    for (const path of ['/open', '/private', '/private'])
      expectUser(await page(path, { cookies: cookie }), 'ada@example.com')
  },
  async 'A request of another user right after is for that user'({ page, testAuth }) {
    for (const email of ['ada@example.com', 'bob@example.com', 'ada@example.com'])
      expectUser(await page('/open', { cookies: testAuth.signedIn({ email }).cookie }), email)
    expectUser(await page('/open'), null)
  },
  async 'HEAD answers like GET'({ page, testAuth }) {
    const answer = await page('/private', { method: 'HEAD', cookies: testAuth.signedIn().cookie })
    expectStatus(answer, 200)
    expectPrivate(answer)
    expectStatus(await page('/private', { method: 'HEAD' }), 302)
  },
})

const guards = casesOf('guards', {
  async 'A page of an anonymous visitor leads to the login page, and back with its query'(client) {
    const path = '/private?page=2&q=a%20b&next=x'
    const answer = expectStatus(await client.page(path), 302)
    expectLogin(client, answer, answer.headers.location, client.ownUrl + path)
    expectPrivate(answer)
    expectNoCookies(answer)
  },
  async 'The way back is the public address of the settings, whatever Host and proxies say'(client) {
    const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'ftp' }
    const answer = expectStatus(await client.page('/private', { headers: forged }), 302)
    expectLogin(client, answer, answer.headers.location, `${client.ownUrl}/private`)
  },
  async 'A script of an anonymous visitor gets 401, a challenge and login_url'(client) {
    const answer = expectStatus(await client.script('/private'), 401)
    expectHeader(answer, 'content-type', /^application\/problem\+json\b/)
    expectHeader(answer, 'www-authenticate', /^Bearer realm="[^"]*"$/)
    expectLogin(client, answer, jsonOf(answer).login_url, `${client.ownUrl}/private`)
    expectPrivate(answer)
  },
  async 'A fragment of htmx lets it open the login page, and come back to the page around it'(client) {
    const here = `${client.ownUrl}/board?x=1`
    const headers = { 'hx-request': 'true', 'hx-current-url': here }
    const answer = expectStatus(await client.script('/private', { headers }), 401)
    expectLogin(client, answer, answer.headers['hx-redirect'], here)
  },
  async 'A prefetch by an anonymous visitor is refused, and not kept for later'({ page }) {
    for (const mode of ['navigate', 'no-cors']) {
      const headers = { 'sec-purpose': 'prefetch', 'sec-fetch-mode': mode, 'sec-fetch-site': 'same-origin' }
      const answer = expectStatus(await page('/private', { headers }), mode === 'navigate' ? 302 : 401)
      expectPrivate(answer)
      expectNoCookies(answer)
    }
  },
  async 'A form of an anonymous visitor gets a page that leads on, since policies block redirects of forms'(
    client,
  ) {
    const headers = {
      origin: client.ownUrl,
      'sec-fetch-site': 'same-origin',
      referer: `${client.ownUrl}/form`,
    }
    const answer = expectStatus(await client.page('/private', { method: 'POST', headers }), 401)
    const [, href] = /http-equiv="refresh" content="0; ?url=([^"]*)"/.exec(answer.text) ?? []
    expectLogin(client, answer, href?.replaceAll('&amp;', '&'), `${client.ownUrl}/form`)
  },
  async 'Staff pages open for staff alone: others get 403, and never a redirect'({ page, script, testAuth }) {
    const staff = testAuth.signedIn({ email: 'staff@example.com', isStaff: true })
    expectUser(await page('/staff', { cookies: staff.cookie }), 'staff@example.com')
    const { cookie } = testAuth.signedIn()
    expectHeader(
      expectStatus(await page('/staff', { cookies: cookie }), 403),
      'content-type',
      /^text\/html\b/,
    )
    const problem = expectStatus(await script('/staff', { cookies: cookie }), 403)
    expectHeader(problem, 'content-type', /^application\/problem\+json\b/)
    expectPrivate(problem)
    expectStatus(await page('/staff'), 302)
  },
  async 'A permission comes from a group: others get 403'({ page, testAuth }) {
    const member = testAuth.signedIn({ email: 'member@example.com', groups: ['team'] })
    expectUser(await page('/team', { cookies: member.cookie }), 'member@example.com')
    const other = testAuth.signedIn({ email: 'other@example.com', groups: ['teams'] })
    expectStatus(await page('/team', { cookies: other.cookie }), 403)
    expectStatus(await page('/team'), 302)
  },
})

export const guardCases = [...users, ...guards]
