import { expect, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { eventually } from '../support/eventually.ts'
import type { App } from './support/app.ts'
import type { AuthService, Person } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { faultyProxy } from './support/faulty-proxy.ts'
import { caughtUp } from './support/feed.ts'
import { openHouse } from './support/house.ts'
import { sidOf } from './support/renewals.ts'

/** Seconds of silence after which a feed is stale, with a margin. */
const STALE = 46
/** Seconds after which an access token has expired. */
const EXPIRED = 400

/** Changes to users; their access tokens have the same lifetime. */
const FATES: Record<string, (auth: AuthService, person: Person) => Promise<unknown>> = {
  ended: (auth, { refresh }) => auth.call('sessions', 'end', sidOf(refresh)),
  changed: (auth, { uuid }) => auth.call('administration', 'change', uuid, { isStaff: true }, OPERATOR),
  deleted: (auth, { uuid }) => auth.call('users', 'remove', uuid),
}

const signUpEach = async (auth: AuthService) =>
  Promise.all(Object.keys(FATES).map(async (fate) => ({ fate, person: await auth.signUp() })))

type Fated = Awaited<ReturnType<typeof signUpEach>>[number]

const statuses = (app: App, people: readonly Pick<Fated, 'person'>[]) =>
  Promise.all(people.map(async ({ person: { access } }) => (await app.ask({ access })).status))

it('apps accept or reject as configured while the feed is cut off, and resume without loss or repetition', async () => {
  const { auth, addApp, advance, file } = await openHouse()
  const proxy = await faultyProxy(auth.url)
  const random = faults.random('partition')
  const [accepting, refusing] = await Promise.all([
    addApp({ authUrl: proxy.url, stateFile: file('accepting.sqlite'), whenFeedIsStale: 'accept' }),
    addApp({ authUrl: proxy.url, stateFile: file('refusing.sqlite'), whenFeedIsStale: 'refuse' }),
  ])
  const apps = [accepting, refusing]
  const deleted: string[] = []
  const handled = new Map<App, string[]>(apps.map((app) => [app, []]))

  for (let round = 0; round < faults.rounds(2, 60); round++) {
    const untouched = { person: await auth.signUp() }
    const [before, during, after] = [await signUpEach(auth), await signUpEach(auth), await signUpEach(auth)]
    const everybody = [...before, ...during, ...after, untouched]
    const befall = async (people: readonly Fated[]) => {
      for (const { fate, person } of people) {
        await FATES[fate]?.(auth, person)
        if (fate === 'deleted') deleted.push(person.uuid)
      }
    }
    const expectAll = async (app: App, people: readonly Pick<Fated, 'person'>[], status: number) =>
      expect(await statuses(app, people)).toEqual(people.map(() => status))

    for (const app of apps) await expectAll(app, everybody, 200)
    await befall(before)
    for (const app of apps) await caughtUp(auth, app)

    proxy.partition()
    await befall(during)
    for (const app of apps) {
      await expectAll(app, before, 401)
      await expectAll(app, [...during, untouched], 200)
    }
    await advance(STALE)
    for (const app of apps) expect((await app.state()).feed.state).toBe('stale')
    await expectAll(accepting, before, 401)
    await expectAll(accepting, [...during, untouched], 200)
    await expectAll(refusing, everybody, 503)
    const refusal = await refusing.ask(untouched.person)
    expect([refusal.status, refusal.headers['set-cookie']], 'nobody is signed out').toEqual([503, undefined])
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0)

    // Some apps restart while they cannot receive anything.
    const restarted = random.pick([null, ...apps])
    if (restarted) {
      handled.get(restarted)?.push(...(await restarted.state()).deleted)
      await restarted.stop(random.pick(['SIGTERM', 'SIGKILL']))
      await restarted.start()
    }

    proxy.heal(random.pick(['late', 'broken']))
    for (const app of apps) await caughtUp(auth, app)
    for (const app of apps) await expectAll(app, [...during, ...before], 401)
    await befall(after)
    for (const app of apps) await caughtUp(auth, app)
    for (const app of apps) {
      await expectAll(app, [...before, ...during, ...after], 401)
      await expectAll(app, [untouched], 200)
      const { deleted: now } = await app.state()
      expect([...(handled.get(app) ?? []), ...now], 'each once, in order').toEqual(deleted)
    }
    // Changed sessions are renewed; ended or deleted ones are not.
    for (const { fate, person } of [...before, ...during, ...after]) {
      expect((await random.pick(apps).ask(person)).status).toBe(fate === 'changed' ? 200 : 401)
    }
  }
})

it('an ended session lives through a partition for the rest of its access token, and no longer', async () => {
  const { auth, addApp, advance } = await openHouse()
  const proxy = await faultyProxy(auth.url)
  const app = await addApp({ authUrl: proxy.url, whenFeedIsStale: 'accept' })
  const [person, other] = [await auth.signUp(), await auth.signUp()]
  for (const { access } of [person, other]) expect((await app.ask({ access })).status).toBe(200)

  proxy.partition()
  await auth.call('sessions', 'end', sidOf(person.refresh))
  await advance(STALE)
  expect((await app.ask(person)).status).toBe(200)
  await advance(EXPIRED - STALE)
  expect((await app.ask({ access: person.access })).status).toBe(401)
  // It is unknown whether their sessions are alive: no sign-out, and no form.
  const answers = await Promise.all([app.ask(person), app.ask(other)])
  expect(answers.map(({ status }) => status)).toEqual([503, 503])

  proxy.heal('broken')
  await eventually(async () => expect((await app.ask(other)).status).toBe(200))
  expect((await app.ask(person)).status).toBe(401)
})
