import { createTestAuth } from '../test-auth.ts'
import { casesOf } from './adapter-case.ts'
import { cookiesOf, until } from './case-client.ts'
import {
  expectHeader,
  expectLogin,
  expectNoCookies,
  expectRenewed,
  expectStatus,
  expectUser,
  fail,
} from './case-expectations.ts'

const tampered = (cookie: string) => `${cookie.slice(0, -6)}AAAAAA`

export const tokenCases = casesOf('tokens', {
  async 'A tampered token identifies no user'({ page, script, testAuth }) {
    const cookies = tampered(cookiesOf(testAuth.signedIn()).access)
    expectUser(await page('/open', { cookies }), null)
    const answer = expectStatus(await script('/private', { cookies }), 401)
    expectHeader(answer, 'www-authenticate', /error="invalid_token"/)
  },
  async 'A tampered token beside a live session is replaced'({ page, testAuth }) {
    const { access, refresh } = cookiesOf(testAuth.signedIn())
    const answer = await page('/private', { cookies: `${tampered(access)}; ${refresh}` })
    expectUser(answer, 'ada@example.com')
    expectRenewed(answer)
  },
  async 'A token that another key signed identifies no user'({ page, testAuth }) {
    const { loginUrl, ownUrl } = testAuth.options
    const stranger = createTestAuth({ loginUrl, ownUrl }).signedIn()
    expectUser(await page('/open', { cookies: stranger.cookie }), null)
    expectNoCookies(expectStatus(await page('/private', { cookies: stranger.cookie }), 302))
  },
  async 'A token for another audience is refused, and not renewed: the next one would say the same'(client) {
    const { page, testAuth } = client
    const visitor = testAuth.signedIn()
    const { accessName, refresh } = cookiesOf(visitor)
    const cookies = `${accessName}=${visitor.accessToken({ aud: 'elsewhere.example' })}; ${refresh}`
    expectUser(await page('/open', { cookies }), null)
    const answer = expectStatus(await page('/private', { cookies }), 302)
    expectLogin(client, answer, answer.headers.location, `${client.ownUrl}/private`)
    expectNoCookies(answer)
  },
  async 'A session that ends is over in the app soon, without a renewal'({ page, script, testAuth }) {
    const visitor = testAuth.signedIn()
    const cookies = visitor.cookie
    expectUser(await page('/private', { cookies }), 'ada@example.com')
    const before = testAuth.authService.requests('/refresh')
    visitor.endSession()
    await until(
      async () => (await script('/private', { cookies })).status === 401,
      'GET /private: the user is still signed in 10 s after the session ended. The app has to follow the revocation feed.',
    )
    const answer = expectStatus(await page('/private', { cookies }), 302)
    expectNoCookies(answer)
    expectUser(await page('/open', { cookies }), null)
    if (testAuth.authService.requests('/refresh') !== before)
      fail(answer, 'the app asked for a renewal of a session that it knew to be over.')
  },
  async 'A right that is granted or removed takes effect soon, within the session'({ page, testAuth }) {
    const visitor = testAuth.signedIn({ email: 'rights@example.com' })
    const cookies = visitor.cookie
    expectStatus(await page('/staff', { cookies }), 403)
    for (const isStaff of [true, false]) {
      visitor.change({ isStaff })
      const wanted = isStaff ? 200 : 403
      let answer = await page('/staff', { cookies })
      await until(async () => {
        answer = await page('/staff', { cookies })
        return answer.status === wanted
      }, `GET /staff: still not ${wanted} 10 s after isStaff became ${isStaff}. The app has to follow the revocation feed.`)
      expectRenewed(answer)
    }
  },
  async 'Two tokens of one user identify that user'({ page, testAuth }) {
    const [one, two] = [cookiesOf(testAuth.signedIn()).access, cookiesOf(testAuth.signedIn()).access]
    expectUser(await page('/open', { cookies: `${one}; ${two}` }), 'ada@example.com')
  },
  async 'Tokens of two users identify no user, in one header or in two'({ page, testAuth }) {
    const ada = cookiesOf(testAuth.signedIn()).access
    const bob = cookiesOf(testAuth.signedIn({ email: 'bob@example.com' })).access
    for (const one of [ada, bob]) expectStatus(await page('/private', { cookies: one }), 200)
    for (const cookies of [`${ada}; ${bob}`, [ada, bob], [bob, ada]]) {
      expectUser(await page('/open', { cookies }), null)
      expectStatus(await page('/private', { cookies }), 302)
    }
  },
  async 'A token beside the refresh token of another user identifies no user'({ page, testAuth }) {
    const ada = cookiesOf(testAuth.signedIn())
    const bob = cookiesOf(testAuth.signedIn({ email: 'bob@example.com' }))
    expectStatus(await page('/private', { cookies: `${ada.access}; ${ada.refresh}` }), 200)
    const answer = await page('/open', { cookies: `${ada.access}; ${bob.refresh}` })
    expectUser(answer, null)
    expectNoCookies(answer)
  },
})
