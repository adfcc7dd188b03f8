import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshPostgres } from '../support/database.ts'
import type { Answer } from '../support/http.ts'
import type { App } from './support/app.ts'
import { type AuthService, type Pair, pairOf } from './support/auth-service.ts'
import { faults, type Random } from './support/faults.ts'
import { type House, openHouse } from './support/house.ts'
import { expectNoAlarm, jtiOf, sidOf, storedSessions, successorsIn } from './support/renewals.ts'

/** Two services at a time, each with its own sessions: starting one takes one core. */
const LANES = 2
const SESSIONS = 12
/** Seconds after which an access token and the grace period of the last renewal have expired. */
const EXPIRED = 400

/** A session, and how its browser renews it. */
interface Browser {
  pair: Pair
  /** Rejects, or answers without cookies, if the renewal was lost. */
  renew(pair: Pair): Promise<Answer>
}

/** The state of the renewals at the moment of the kill. */
interface Tally {
  unstored: number
  /** Stored, but the response was lost: only the old token can recover it. */
  unanswered: number
  answered: number
}

it.each([
  ['SQLite', async (): Promise<undefined> => undefined, 10, 600],
  ['Postgres', freshPostgres, 8, 400],
] as const)(
  'after a kill -9 during renewals on %s, the old or the new token works and has one successor',
  async (name, database, few, most) => {
    const rounds = faults.rounds(few, most) / LANES
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      const databaseUrl = await database()
      const house = await openHouse({ apps: 1, ...(databaseUrl && { databaseUrl }) })
      return killRepeatedly(house, rounds, faults.random(`kill ${name} ${lane}`))
    })
    const tallies = await Promise.all(lanes)
    const sum = (what: keyof Tally) => tallies.reduce((total, tally) => total + tally[what], 0)
    const total = { unstored: sum('unstored'), unanswered: sum('unanswered'), answered: sum('answered') }
    console.log(`${name}: ${rounds * LANES} kills met renewals that were`, total)
    // Otherwise the kills came too early or too late to prove anything.
    expect(total.answered).toBeGreaterThan(0)
    expect(total.unstored + total.unanswered).toBeGreaterThan(0)
  },
)

async function killRepeatedly(
  { auth, apps, advance }: House,
  rounds: number,
  random: Random,
): Promise<Tally> {
  const tally: Tally = { unstored: 0, unanswered: 0, answered: 0 }
  const browsers = await Promise.all(
    Array.from({ length: SESSIONS }, async (_, i) =>
      browserOf(await auth.signUp(), auth, i % 3 === 0 ? apps[0] : null),
    ),
  )
  const expected = browsers.map(({ pair }) => sidOf(pair.refresh)).sort()
  const begin = performance.now()
  await advance(EXPIRED)
  await Promise.all(browsers.map(async (browser) => settle(browser, [await browser.renew(browser.pair)])))
  // The duration of undisturbed renewals, from which the kill times are drawn.
  let usual = performance.now() - begin

  for (let round = 0; round < rounds; round++) {
    await advance(EXPIRED)
    const start = performance.now()
    const flights = browsers.map(({ renew, pair }) => renew(pair))
    const renewing = Promise.allSettled(flights)
    const undisturbed = renewing.then(() => performance.now() - start)
    // Right after the first response most others are running.
    const isAfterFirst = random.next() < 0.5
    if (isAfterFirst) await Promise.any(flights)
    const pause = random.next() * (isAfterFirst ? 4 : Math.min(usual, 100))
    // A timer takes at least a millisecond.
    if (pause >= 1) await setTimeout(pause)
    await auth.stop('SIGKILL')
    const outcomes = await renewing
    usual = Math.max(5, 0.7 * usual + 0.3 * (await undisturbed))
    const stored = await storedSessions(auth)
    await auth.start()

    await Promise.all(
      browsers.map(async (browser, i) => {
        const outcome = outcomes[i]
        const answer = outcome?.status === 'fulfilled' ? outcome.value : null
        const got = answer && pairOf(answer)
        const isStored = stored.get(sidOf(browser.pair.refresh))?.current_jti !== jtiOf(browser.pair.refresh)
        tally[got ? 'answered' : isStored ? 'unanswered' : 'unstored']++
        // The browser has what it received; a second tab, whose response was lost, sends the old token.
        const retries = got ? [got, browser.pair] : [browser.pair, browser.pair]
        if (random.next() < 0.5) retries.reverse()
        const answers = answer && got ? [answer] : []
        for (const pair of retries) answers.push(await target(() => browser.renew(pair)))
        settle(browser, answers)
      }),
    )
    const after = await storedSessions(auth)
    expect([...after.keys()].sort(), 'no session is lost').toEqual(expected)
    for (const { pair } of browsers) {
      expect(after.get(sidOf(pair.refresh))?.current_jti).toBe(jtiOf(pair.refresh))
    }
  }
  await expectNoAlarm(auth)
  return tally
}

/** On a busy machine, an app may time out waiting for the auth service. Its 503 asks to try again. */
async function target(ask: () => Promise<Answer>): Promise<Answer> {
  const answer = await ask()
  return answer.status === 503 ? target(ask) : answer
}

/** All responses succeeded with one successor, which the browser uses next. */
function settle(browser: Browser, answers: readonly Answer[]): void {
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(successorsIn(answers)).toHaveLength(1)
  expect(successorsIn(answers)).not.toEqual([jtiOf(browser.pair.refresh)])
  browser.pair = pairOf(answers[0] as Answer) as Pair
}

/** A browser that talks to an app, or to the auth service itself. */
function browserOf(pair: Pair, auth: AuthService, app: App | null | undefined): Browser {
  return { pair, renew: (pair) => (app ? app.ask(pair) : auth.renew(pair.refresh)) }
}
