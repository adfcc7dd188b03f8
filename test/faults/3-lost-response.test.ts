import { describe, expect, it } from 'vitest'
import { type Answer, send } from '../support/http.ts'
import { type AuthService, cookieOf, type Pair, pairOf } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { faultyProxy } from './support/faulty-proxy.ts'
import { openHouse } from './support/house.ts'
import { expectNoAlarm, jtiOf, sidOf, storedSessions, successorsIn } from './support/renewals.ts'

/** Seconds after which an access token and the grace period of the last renewal have expired. */
const EXPIRED = 400
const FORM = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }

/** The refresh token stored for this session: the content of a lost response. */
async function storedSuccessor(auth: AuthService, { refresh }: Pair): Promise<string> {
  const stored = (await storedSessions(auth)).get(sidOf(refresh))
  expect(stored?.previous_jti, 'the renewal was stored').toBe(jtiOf(refresh))
  return stored?.current_jti as string
}

describe.each([
  ['before its first byte', 0],
  ['within its head', 400],
])('A response to a renewal that is lost %s', (_, afterBytes) => {
  it('is repeated by the auth service with the same successor', async () => {
    const { auth, advance } = await openHouse()
    const proxy = await faultyProxy(auth.url)
    let pair: Pair = await auth.signUp()
    const renew = (line: string) =>
      send(`${line}/refresh`, { method: 'POST', headers: { cookie: cookieOf({ refresh: pair.refresh }) } })

    for (let round = 0; round < faults.rounds(5, 200); round++) {
      await advance(EXPIRED)
      proxy.loseAnswers(1, afterBytes)
      await expect(renew(proxy.url)).rejects.toThrow()
      const lost = await storedSuccessor(auth, pair)

      const retry = await renew(proxy.url)
      expect(retry.status).toBe(200)
      expect(successorsIn([retry])).toEqual([lost])
      pair = pairOf(retry) as Pair
    }
    await expectNoAlarm(auth)
  })

  it('signs no one out in an app: it sends 503, keeps all cookies, and the retry gets the same successor everywhere', async () => {
    const { auth, addApp, advance } = await openHouse()
    const proxy = await faultyProxy(auth.url)
    const [near, other] = [await addApp({ authUrl: proxy.url }), await addApp()]
    const random = faults.random(`lost ${afterBytes}`)
    let pair: Pair = await auth.signUp()

    for (let round = 0; round < faults.rounds(5, 200); round++) {
      await advance(EXPIRED)
      const times = random.whole(1, 4)
      proxy.loseAnswers(times, afterBytes)
      const answers: Answer[] = []
      while (proxy.losing > 0) answers.push(await near.ask(pair, random.pick([{}, FORM])))
      expect(answers.map(({ status }) => status)).toEqual(Array(times).fill(503))
      expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual(Array(times).fill(undefined))
      expect(Number(answers[0]?.headers['retry-after'])).toBeGreaterThan(0)
      const lost = await storedSuccessor(auth, pair)

      const retries = await Promise.all([near.ask(pair, FORM), other.ask(pair)])
      expect(retries.map(({ status }) => status)).toEqual([200, 200])
      expect(successorsIn(retries)).toEqual([lost])
      pair = pairOf(random.pick(retries)) as Pair
    }
    await expectNoAlarm(auth)
  })
})

it('a retry within 30 s gets the same successor, even after a restart of the auth service', async () => {
  const { auth, advance } = await openHouse()
  const proxy = await faultyProxy(auth.url)
  const pair = await auth.signUp()
  await advance(EXPIRED)
  proxy.loseAnswers(1)
  const headers = { cookie: cookieOf({ refresh: pair.refresh }) }
  await expect(send(`${proxy.url}/refresh`, { method: 'POST', headers })).rejects.toThrow()
  const lost = await storedSuccessor(auth, pair)

  await auth.stop('SIGKILL')
  await auth.start()
  // Plus the time of the test itself.
  await advance(20)
  const retry = await auth.renew(pair.refresh)
  expect([retry.status, ...successorsIn([retry])]).toEqual([200, lost])
  await expectNoAlarm(auth)
})

it('a hundred tabs get one successor over a line that loses the first ten responses', async () => {
  const { auth, addApp, advance } = await openHouse()
  const proxy = await faultyProxy(auth.url)
  const apps = await Promise.all([1, 2, 3, 4].map(() => addApp({ authUrl: proxy.url })))
  const pair = await auth.signUp()
  await advance(EXPIRED)
  proxy.loseAnswers(10)
  const tabs = Array.from({ length: 100 }, async (_, i) => {
    for (;;) {
      const answer = await apps[i % apps.length]?.ask(pair)
      if (answer?.status !== 503) return answer as Answer
    }
  })
  const answers = await Promise.all(tabs)
  expect(proxy.losing).toBe(0)
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(successorsIn(answers)).toEqual([await storedSuccessor(auth, pair)])
  await expectNoAlarm(auth)
})
