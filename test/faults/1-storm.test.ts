import { expect, it } from 'vitest'
import { type Pair, pairOf } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { openHouse } from './support/house.ts'
import { expectNoAlarm, jtiOf, sidOf, storedSessions, successorsIn } from './support/renewals.ts'

const REQUESTS = 100
/** Seconds after which an access token has expired, within any app's tolerance. */
const EXPIRED = 400
const PAGE = {}
const FORM = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }

it('a hundred requests at once with one expired token through four apps get one successor, and all stay signed in', async () => {
  const { auth, apps, advance } = await openHouse({ apps: 4 })
  const random = faults.random('storm')
  const [person, bystander] = [await auth.signUp(), await auth.signUp()]
  let pair: Pair = person

  for (let round = 0; round < faults.rounds(5, 100); round++) {
    await advance(EXPIRED)
    const storm = Array.from({ length: REQUESTS }, (_, i) =>
      apps[i % apps.length]?.ask(pair, random.pick([PAGE, PAGE, FORM])),
    )
    const answers = (await Promise.all(storm)).filter((answer) => answer !== undefined)

    expect(answers.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(200))
    expect(successorsIn(answers)).toHaveLength(1)
    const [successor] = successorsIn(answers)
    expect(successor).not.toBe(jtiOf(pair.refresh))
    const stored = (await storedSessions(auth)).get(sidOf(pair.refresh))
    expect(stored).toMatchObject({ current_jti: successor, previous_jti: jtiOf(pair.refresh) })

    // One tab is late, with the browser's earlier token.
    const late = await apps[random.whole(0, 3)]?.ask(pair)
    expect(late?.status).toBe(200)
    pair = answers.map(pairOf).find((found) => found !== null) as Pair
    for (const app of apps) expect((await app.ask({ access: pair.access })).status).toBe(200)
  }

  expect([...(await storedSessions(auth)).keys()].sort()).toEqual(
    [sidOf(person.refresh), sidOf(bystander.refresh)].sort(),
  )
  expect((await apps[0]?.ask(bystander))?.status).toBe(200)
  for (const app of apps) expect((await app.state()).feed.entries, 'nothing was revoked').toBe(0)
  await expectNoAlarm(auth)
})
