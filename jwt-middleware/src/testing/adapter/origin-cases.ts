import { casesOf } from './adapter-case.ts'
import { type CaseClient, cookiesOf, until } from './case-client.ts'
import { expectNoCookies, expectStatus, expectUser, fail } from './case-expectations.ts'

/** Pages that may not change anything here, also those of the family. */
const foreign = ({ ownUrl }: CaseClient): Record<string, string>[] => [
  { 'sec-fetch-site': 'same-site', origin: ownUrl.replace('://', '://sibling.') },
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
]

const origins = casesOf('origins', {
  async 'A form of the app’s own pages is accepted'({ page, program, ownUrl, testAuth }) {
    const cookies = testAuth.signedIn().cookie
    const headers = { 'sec-fetch-site': 'same-origin', origin: ownUrl }
    expectUser(await page('/private', { method: 'POST', headers, cookies }), 'ada@example.com')
    // Older browsers send no Fetch Metadata, programs not even an origin.
    const olderBrowsers: Record<string, string>[] = [{ origin: ownUrl }, {}]
    for (const older of olderBrowsers)
      expectUser(await program('/private', { method: 'POST', headers: older, cookies }), 'ada@example.com')
  },
  async 'A form of another origin gets 403, also after the token ended, and renews nothing'(client) {
    for (const headers of foreign(client)) {
      const { cookie } = client.testAuth.signedIn()
      for (const cookies of [cookie, cookie, client.ended().cookies]) {
        const answer = expectStatus(await client.page('/private', { method: 'POST', headers, cookies }), 403)
        expectNoCookies(answer)
      }
    }
  },
  async 'A link of another origin opens the page'(client) {
    const cookies = client.testAuth.signedIn().cookie
    for (const headers of foreign(client))
      expectUser(await client.page('/private', { headers, cookies }), 'ada@example.com')
  },
  async 'Without a session there is nothing to protect: forms of other origins reach open routes'(client) {
    for (const headers of foreign(client))
      expectUser(await client.page('/open', { method: 'POST', headers }), null)
  },
})

const bearer = casesOf('bearer', {
  async 'A program with a Bearer token needs no origin, since no browser adds one by itself'(client) {
    const { access } = cookiesOf(client.testAuth.signedIn())
    const authorization = `Bearer ${access.slice(access.indexOf('=') + 1)}`
    for (const headers of foreign(client)) {
      const answer = await client.program('/private', {
        method: 'POST',
        headers: { ...headers, authorization },
      })
      expectUser(answer, 'ada@example.com')
    }
  },
})

const websockets = casesOf('websockets', {
  async 'A page of the app opens a WebSocket for its user, and an anonymous visitor does not'(client) {
    const cookies = client.testAuth.signedIn().cookie
    expectStatus(await client.socket('/live', { cookies }), 101, 200)
    expectStatus(await client.socket('/live'), 401)
  },
  async 'A page of another origin opens no WebSocket, although browsers send the cookies along'(client) {
    const { cookie } = client.testAuth.signedIn()
    expectStatus(await client.socket('/live', { cookies: cookie }), 101, 200)
    for (const headers of foreign(client)) {
      for (const cookies of [cookie, client.ended().cookies])
        expectStatus(await client.socket('/live', { headers, cookies }), 403)
    }
  },
  async 'After the token ended, the live session opens a WebSocket, without a renewal, whose cookies it could not carry'(
    client,
  ) {
    expectStatus(await client.socket('/live'), 401)
    const { visitor, cookies } = client.ended()
    const before = client.testAuth.authService.requests('/refresh')
    const answer = expectStatus(await client.socket('/live', { cookies }), 101, 200)
    expectNoCookies(answer)
    if (client.testAuth.authService.requests('/refresh') !== before)
      fail(answer, 'the app renewed the tokens. The answer to an opened WebSocket carries no cookies.')
    visitor.endSession()
    await until(
      async () => (await client.socket('/live', { cookies })).status === 401,
      'GET /live: a WebSocket is still opened 10 s after the session ended.',
    )
  },
})

export const originCases = [...origins, ...bearer, ...websockets]
