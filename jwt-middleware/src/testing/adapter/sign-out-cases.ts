import { casesOf } from './adapter-case.ts'
import { until } from './case-client.ts'
import { expectDeleted, expectNoCookies, expectStatus, fail } from './case-expectations.ts'

export const signOutCases = casesOf('sign-out', {
  async 'A button signs out of all apps: the cookies are deleted, and the session is over'(client) {
    const { page, script, ownUrl, testAuth } = client
    const cookies = testAuth.signedIn().cookie
    const headers = { origin: ownUrl, 'sec-fetch-site': 'same-origin' }
    expectStatus(await page('/private', { cookies }), 200)
    const answer = expectStatus(await page('/sign-out', { method: 'POST', headers, cookies }), 303)
    if (answer.headers.location !== `${ownUrl}/`)
      fail(answer, `expected to continue at ${ownUrl}/, got ${answer.headers.location}.`)
    expectDeleted(answer)
    await until(
      async () => (await script('/private', { cookies })).status === 401,
      'GET /private: the old cookies are still accepted 10 s after the sign-out.',
    )
  },
  async 'A script signs out, too, with 204'({ script, ownUrl, testAuth }) {
    const cookies = testAuth.signedIn().cookie
    const answer = await script('/sign-out', { method: 'POST', headers: { origin: ownUrl }, cookies })
    expectDeleted(expectStatus(answer, 204))
  },
  async 'A page of another origin signs no one out'({ page, ownUrl, testAuth }) {
    const cookies = testAuth.signedIn().cookie
    const headers = { origin: ownUrl.replace('://', '://sibling.'), 'sec-fetch-site': 'same-site' }
    expectNoCookies(expectStatus(await page('/sign-out', { method: 'POST', headers, cookies }), 403))
    expectStatus(await page('/private', { cookies }), 200)
  },
  async 'While the auth service is down, the user stays signed in, and is told so'(client) {
    const { page, ownUrl, testAuth } = client
    const cookies = testAuth.signedIn().cookie
    expectStatus(await page('/private', { cookies }), 200)
    testAuth.authService.stop()
    try {
      const headers = { origin: ownUrl, 'sec-fetch-site': 'same-origin' }
      expectNoCookies(expectStatus(await page('/sign-out', { method: 'POST', headers, cookies }), 503))
      expectStatus(await page('/private', { cookies }), 200)
    } finally {
      testAuth.authService.start()
    }
  },
})
