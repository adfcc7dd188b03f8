import { casesOf } from './adapter-case.ts'
import { until } from './case-client.ts'
import {
  expectDeleted,
  expectHeader,
  expectNoCookies,
  expectRenewed,
  expectStatus,
  expectUser,
  fail,
} from './case-expectations.ts'

/** What apps and frameworks answer, and its status: frameworks have one or the other for their own redirects. */
const ANSWERS: Readonly<Record<string, readonly [path: string, ...statuses: number[]]>> = {
  'an error that the handler throws': ['/broken', 500],
  'the framework’s own error for 404, which the handler throws': ['/missing', 404],
  'the framework’s own error for 403, which the handler throws': ['/denied', 403],
  'the page that the framework has for an unknown address': ['/unknown', 404],
  'an unchanged page': ['/unchanged', 304],
  'a redirect': ['/moved', 302, 303, 307],
}

const withAnswers = Object.entries(ANSWERS).map(([what, [path, ...statuses]]) =>
  casesOf('renewal', {
    async [`The cookies of a renewal leave with ${what}`]({ page, ended }) {
      for (const method of ['GET', 'HEAD'])
        expectRenewed(expectStatus(await page(path, { method, cookies: ended().cookies }), ...statuses))
    },
  }),
)

const others = casesOf('renewal', {
  async 'A page whose token has ended is answered for the same user, with new cookies'({ page, ended }) {
    for (const path of ['/private', '/open']) {
      const answer = await page(path, { cookies: ended().cookies })
      expectUser(answer, 'ada@example.com')
      expectRenewed(answer)
    }
  },
  async 'A page whose browser has dropped the ended token is answered for the same user, with new cookies'({
    page,
    ended,
  }) {
    const [, refresh = ''] = ended().cookies.split('; ')
    const answer = await page('/private', { cookies: refresh })
    expectUser(answer, 'ada@example.com')
    expectRenewed(answer)
  },
  async 'A form that is sent after the token ended keeps its fields'({ page, ended, ownUrl }) {
    const headers = {
      origin: ownUrl,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = 'text=hello&more=%C3%A9'
    const answer = await page('/echo', { method: 'POST', headers, body, cookies: ended().cookies })
    expectStatus(answer, 200)
    if (answer.text !== body) fail(answer, `expected the body ${body}, got ${JSON.stringify(answer.text)}.`)
    expectRenewed(answer)
  },
  async 'The cookies of a renewal leave with a refusal'({ page, ended }) {
    expectRenewed(expectStatus(await page('/staff', { cookies: ended().cookies }), 403))
  },
  async 'The cookies of a renewal leave beside the app’s own cookies'({ page, ended }) {
    const answer = expectStatus(await page('/own', { cookies: ended().cookies }), 200)
    if (!answer.setCookies.some((line) => line.startsWith('own=1')))
      fail(answer, 'the cookie of the handler is missing: own=1.')
    expectRenewed(answer)
  },
  async 'The cookies of a renewal leave with a response whose handler allows caches to store it'({
    page,
    ended,
  }) {
    for (const path of ['/public', '/guarded/public'])
      expectRenewed(expectStatus(await page(path, { cookies: ended().cookies }), 200))
  },
  async 'The cookies of a renewal leave with the head of a stream, whose pieces arrive while it is open'({
    page,
    open,
    ended,
  }) {
    const { cookies } = ended()
    const stream = await open('/stream', { cookies })
    stream.hangUp()
    expectRenewed(expectStatus(stream.head, 200))
    if (!stream.first.includes('one'))
      fail(stream.head, `expected the first piece "one", got "${stream.first}".`)
    expectStatus(await page('/private', { cookies }), 200)
  },
  async 'A client that hangs up during its renewal gets the cookies with the next request'(client) {
    const { cookies } = client.ended()
    const before = client.testAuth.authService.requests('/refresh')
    await client.hangUp('/hang', () => client.testAuth.authService.requests('/refresh') > before, { cookies })
    const answer = await client.page('/private', { cookies })
    expectUser(answer, 'ada@example.com')
    expectRenewed(answer)
  },
  async 'Twenty requests at once with one ended token are all answered, with cookies'({ page, ended }) {
    const { cookies } = ended()
    for (const answer of await Promise.all(Array.from({ length: 20 }, () => page('/private', { cookies })))) {
      expectUser(answer, 'ada@example.com')
      expectRenewed(answer)
    }
  },
  async 'Where the session is over as well, the cookies are deleted'({ page, ended }) {
    const { visitor, cookies } = ended()
    visitor.endSession()
    const answer = await page('/private', { cookies })
    expectStatus(answer, 302)
    expectDeleted(answer)
  },
  async 'While the auth service is down, the answer is 503 and the cookies stay'(client) {
    const { cookies } = client.ended()
    client.testAuth.authService.stop()
    try {
      for (const ask of [client.page, client.script]) {
        const answer = expectStatus(await ask('/private', { cookies }), 503)
        expectHeader(answer, 'retry-after', /^[1-9]\d*$/)
        expectNoCookies(answer)
      }
      expectStatus(await client.page('/private'), 302)
    } finally {
      client.testAuth.authService.start()
    }
    await until(
      async () => (await client.page('/private', { cookies })).status === 200,
      'GET /private: still not 200 10 s after the auth service came back.',
    )
  },
})

export const renewalCases = [...others, ...withAnswers.flat()]

/** Next's adapter renews nothing ahead, since its router throws many such answers away. */
export const prefetchCases = casesOf('prefetches', {
  async 'A prefetch renews, too: its cookies count like those of any response'({ page, ended }) {
    const headers = { 'sec-purpose': 'prefetch', 'sec-fetch-site': 'same-origin' }
    const answer = await page('/private', { headers, cookies: ended().cookies })
    expectUser(answer, 'ada@example.com')
    expectRenewed(answer)
  },
})
