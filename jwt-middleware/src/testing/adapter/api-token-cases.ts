import { casesOf } from './adapter-case.ts'
import { cookiesOf, until } from './case-client.ts'
import { expectHeader, expectStatus, expectUser } from './case-expectations.ts'

const bearer = (pair: string) => ({ authorization: `Bearer ${pair.slice(pair.indexOf('=') + 1)}` })

const accessTokens = casesOf('bearer', {
  async 'An access token counts as Bearer, too'({ program, testAuth }) {
    const { access } = cookiesOf(testAuth.signedIn())
    expectUser(await program('/private', { headers: bearer(access) }), 'ada@example.com')
  },
  async 'A Bearer token of ours that is wrong is not rescued by a cookie'({ program, testAuth }) {
    const { access } = cookiesOf(testAuth.signedIn())
    const headers = bearer(`${access.slice(0, -6)}AAAAAA`)
    expectUser(await program('/open', { headers, cookies: access }), null)
    expectStatus(await program('/private', { headers, cookies: access }), 401)
  },
})

const PERSON = { email: 'ada@example.com', groups: ['team'] }

const apiTokens = casesOf('api-tokens', {
  async 'An API token opens what its scopes open, until it is revoked'({ program, testAuth }) {
    const token = testAuth.apiToken({ ...PERSON, scopes: ['cards.read'] })
    const { headers } = token
    expectUser(await program('/cards', { headers }), PERSON.email)
    expectUser(await program('/cards', { headers }), PERSON.email)
    token.revoke()
    await until(
      async () => (await program('/cards', { headers })).status === 401,
      'GET /cards: the API token is still accepted 10 s after it was revoked. The app has to follow the revocation feed.',
    )
    const answer = await program('/cards', { headers })
    expectHeader(answer, 'www-authenticate', /error="invalid_token"/)
  },
  async 'An API token without the scope gets 403, and is told the scope'({ program, testAuth }) {
    const { headers } = testAuth.apiToken({ ...PERSON, scopes: [] })
    const answer = expectStatus(await program('/cards', { headers }), 403)
    expectHeader(answer, 'www-authenticate', /error="insufficient_scope".*scope="cards\.read"/)
  },
  async 'Where API tokens are required, a cookie is refused, and a request without a token gets a plain challenge'(
    client,
  ) {
    for (const cookies of [client.testAuth.signedIn(PERSON).cookie, []]) {
      const answer = expectStatus(await client.program('/cards', { cookies }), 401)
      expectHeader(answer, 'www-authenticate', /^Bearer realm="[^"]*", scope="cards\.read"$/)
    }
  },
  async 'An API token that the auth service does not know is refused'({ program, testAuth }) {
    const { token } = testAuth.apiToken(PERSON)
    const headers = {
      authorization: `Bearer ${token.slice(0, 3)}${token.slice(3).split('').toReversed().join('')}`,
    }
    expectStatus(await program('/cards', { headers }), 401)
    expectStatus(await program('/private', { headers }), 401)
  },
  async 'A token of another app opens what requires API tokens, and no page for people'(client) {
    const { headers } = client.testAuth.apiToken({ app: 'reports', scopes: ['cards.read'] })
    expectStatus(await client.program('/cards', { headers }), 200)
    expectStatus(await client.program('/private', { headers }), 403)
  },
})

export const apiTokenCases = [...accessTokens, ...apiTokens]
