import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { ISSUER } from '../support/tokens.ts'
import { NAVIGATION } from '../support/visitor.ts'
import { type Pair, pairOf } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { openHouse } from './support/house.ts'
import { alarms, expectNoAlarm, sidOf, storedSessions } from './support/renewals.ts'

const MINUTE = 60
const FORM = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }

it('apps whose clocks are 30 s ahead or behind reject no user at any moment of a session', async () => {
  const { auth, apps, advance } = await openHouse({
    apps: [-30, 0, 30].map((clockOffset) => ({ clockOffset })),
  })
  const random = faults.random('half a minute')
  const people: Pair[] = await Promise.all([1, 2, 3].map(() => auth.signUp()))
  const sids = people.map(({ refresh }) => sidOf(refresh)).sort()

  for (let step = 0; step < faults.rounds(30, 3_000); step++) {
    await advance(random.whole(1, 40))
    for (const [i, pair] of people.entries()) {
      const app = random.pick(apps)
      const answer = await app.ask(pair, random.pick([{}, {}, FORM, { path: '/fresh' }]))
      expect(answer.status).toBe(200)
      people[i] = pairOf(answer) ?? pair
    }
  }
  const states = await Promise.all(apps.map((app) => app.state()))
  expect(states.flatMap(({ warnings }) => warnings)).toEqual([])
  // The expired ones were renewed; no token was rejected for another reason.
  const refused = states.flatMap(({ requests }) => Object.keys(requests.refused))
  expect(new Set(refused)).toEqual(new Set(['expired']))
  expect([...(await storedSessions(auth)).keys()].sort()).toEqual(sids)
  await expectNoAlarm(auth)
})

it('an app 30 s behind asks about a token that has expired elsewhere, and learns that its session is alive', async () => {
  const { auth, apps, advance } = await openHouse({ apps: [{ clockOffset: -30 }] })
  const { access } = await auth.signUp()
  const [other, fresh] = [await auth.signUp(), { path: '/fresh' }]
  await advance(345)
  expect((await apps[0]?.ask({ access }, fresh))?.status).toBe(200)
  await auth.call('sessions', 'end', sidOf(other.refresh))
  expect((await apps[0]?.ask({ access: other.access }, fresh))?.status).toBe(401)
})

it('an app five minutes behind rejects every new sign-in, and reports a wrong clock', async () => {
  const { auth, apps } = await openHouse({ apps: [{ clockOffset: -5 * MINUTE }] })
  const [app] = apps
  const person = await auth.signUp()
  for (const pair of [person, { access: person.access }]) expect((await app?.ask(pair))?.status).toBe(401)
  const page = await app?.ask(person, { headers: NAVIGATION })
  expect(page?.status).toBe(302)
  expect(page?.headers.location?.startsWith(`${ISSUER}/login?`)).toBe(true)
  const { requests, warnings } = (await app?.state()) ?? {}
  expect(requests?.refused).toEqual({ not_yet_valid: 3 })
  expect(requests?.renewed, 'a new token would be no better').toBe(0)
  expect(warnings?.[0]?.message).toContain('the local clock is behind')
  expect(warnings?.[0]?.fields).toMatchObject({
    event: 'token_refused',
    cause: 'not_yet_valid',
    behind: expect.closeTo(300, -1),
  })
  await expectNoAlarm(auth)
})

it('an app five minutes ahead rejects every signed-in user, and reports the difference of its clock', async () => {
  const { auth, apps, advance } = await openHouse({ apps: [{ clockOffset: 5 * MINUTE }] })
  const [app] = apps
  const person = await auth.signUp()
  // Up to here the tolerance accepts a new token.
  await advance(31)
  const answer = await app?.ask(person)
  expect(answer?.status).toBe(401)
  expect((await app?.ask(person, { headers: NAVIGATION }))?.status).toBe(302)
  expect((await app?.ask({ access: person.access }))?.status).toBe(401)
  const { requests, warnings } = (await app?.state()) ?? {}
  expect(Object.keys(requests?.refused ?? {})).toEqual(['expired'])
  expect(warnings?.[0]?.message).toContain('clock')
  expect(Math.abs(Number(warnings?.[0]?.fields.ahead) - 5 * MINUTE)).toBeLessThan(10)
  // The session is alive, and correcting the clock restores it.
  expect((await auth.renew(person.refresh)).status).toBe(200)
  await app?.advance(-5 * MINUTE)
  expect((await app?.ask(person))?.status).toBe(200)
  await expectNoAlarm(auth)
})

it("setting an app's clock back revives no expired token and no ended session", async () => {
  const { auth, apps, advance } = await openHouse({ apps: 1 })
  const [app] = apps
  const [expired, ended] = [await auth.signUp(), await auth.signUp()]
  await advance(400)
  const status = async (pair: Partial<Pair>) => (await app?.ask(pair))?.status
  expect(await status({ access: expired.access })).toBe(401)
  const fresh = (await auth.renew(ended.refresh)).pair as Pair
  expect(await status({ access: fresh.access })).toBe(200)
  await auth.call('sessions', 'end', sidOf(fresh.refresh))
  await eventually(async () => expect(await status({ access: fresh.access })).toBe(401))

  for (const seconds of [-100, -200, -3_600]) {
    await app?.advance(seconds)
    for (const { access } of [expired, fresh]) expect(await status({ access })).toBe(401)
  }
  await app?.advance(3_900)

  // Far ahead, expired entries are forgotten; once corrected, they are learned again.
  await app?.advance(3_600)
  await eventually(async () => expect((await app?.state())?.feed.entries).toBe(0))
  await app?.advance(-3_600)
  for (const { access } of [expired, fresh]) expect(await status({ access })).toBe(401)
  const answer = await app?.ask(expired)
  expect(answer?.status, 'a living session is renewed, which shows that the clock is right').toBe(200)
  const renewed = answer && pairOf(answer)
  expect(await status({ access: renewed?.access ?? '' })).toBe(200)
  for (const { access } of [expired, fresh]) expect(await status({ access })).toBe(401)
  expect((await app?.state())?.feed.entries).toBe(1)
  await expectNoAlarm(auth)
})

it("setting the auth service's clock back revives nothing either, with or without a restart", async () => {
  const { auth } = await openHouse()
  const [stolen, idle, ended] = [await auth.signUp(), await auth.signUp(), await auth.signUp()]
  await auth.call('sessions', 'end', sidOf(ended.refresh))
  const owner = (await auth.renew(stolen.refresh)).pair as Pair
  await auth.advance(31)
  // Nothing has corrected it yet; set back, the old token is no younger.
  await auth.advance(-90)
  expect((await auth.renew(stolen.refresh)).status).toBe(401)
  expect((await auth.renew(owner.refresh)).status).toBe(401)
  expect(await alarms(auth)).toEqual({ logged: 1, audited: 1 })

  const DAYS = 6 * 86_400
  await auth.advance(DAYS)
  expect((await auth.renew(idle.refresh)).status).toBe(401)
  await auth.advance(-DAYS)
  for (const { refresh } of [stolen, owner, idle, ended]) expect((await auth.renew(refresh)).status).toBe(401)
  await auth.stop('SIGKILL')
  await auth.start()
  for (const { refresh } of [stolen, owner, idle, ended]) expect((await auth.renew(refresh)).status).toBe(401)
  expect((await storedSessions(auth)).size).toBe(0)
})
