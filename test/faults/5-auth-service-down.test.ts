import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { Sent } from '../support/http.ts'
import { NAVIGATION } from '../support/visitor.ts'
import { type Person, pairOf } from './support/auth-service.ts'
import { countingProxy } from './support/counting-proxy.ts'
import { faults } from './support/faults.ts'
import { openHouse } from './support/house.ts'
import { inBatches, times } from './support/times.ts'

/** Lifetime of access tokens here, in seconds; apps treat keys as fresh for 300. */
const LIFETIME = 900
const env = { ACCESS_TTL: String(LIFETIME) }
/** Seconds within which an app fetches the keys at most once. */
const COOLDOWN = 30

const PAGE = { headers: NAVIGATION }
const FORM = {
  method: 'POST',
  headers: { ...NAVIGATION, 'sec-fetch-site': 'same-origin' },
  body: 'text=hello',
}
const SCRIPT: Sent = { headers: { accept: 'application/json' } }

it('an app that restarts while the auth service is down accepts all valid tokens, and rejects no user', async () => {
  const { auth, addApp, advance, file } = await openHouse({ env })
  const app = await addApp({ stateFile: file('app.sqlite') })
  const expired = await times(5, () => auth.signUp())
  await advance(500)
  const living = await times(20, () => auth.signUp())
  for (const person of living.slice(0, 10)) expect((await app.ask(person)).status).toBe(200)
  expect((await app.state()).keys).toMatchObject({ count: 2 })
  await advance(450)
  await auth.stop('SIGKILL')

  for (let round = 0; round < faults.rounds(3, 6); round++) {
    await app.advance(60)
    await app.stop('SIGKILL')
    await app.start()
    const begin = performance.now()
    const first = await app.ask(living[0])
    const waited = performance.now() - begin
    expect(first.status).toBe(200)
    expect(waited, 'the first request after a start waits a moment for news, and no longer').toBeLessThan(
      5_000,
    )

    for (const answer of await times(20, (i) => app.ask({ access: living[i]?.access as string }))) {
      expect(answer.status).toBe(200)
    }
    for (const person of expired) {
      for (const sent of [PAGE, FORM, SCRIPT]) {
        const { status, headers } = await app.ask(person, sent)
        expect(status).toBe(503)
        expect(Number(headers['retry-after'])).toBeGreaterThan(0)
        expect([headers.location, headers['set-cookie']], 'the way back stays open').toEqual([
          undefined,
          undefined,
        ])
      }
      const { status, headers } = await app.ask(person, { ...PAGE, path: '/open' })
      expect([status, headers['set-cookie']]).toEqual([200, undefined])
    }
    expect((await app.state()).keys?.age).toBeGreaterThan(450)
  }

  await auth.start()
  await app.advance(COOLDOWN + 1)
  for (const person of expired) {
    const answer = await app.ask(person, FORM)
    expect([answer.status, pairOf(answer)], 'a form sent now is not lost').toEqual([200, expect.anything()])
  }
  await eventually(async () => expect((await app.state()).keys?.age).toBeLessThan(10))
  await eventually(async () => expect((await app.state()).feed.state).toBe('live'))
})

const APPS = faults.rounds(25, 200)
const WAVES = 5
const PATIENT = { timeout: 15_000, interval: 100 }
/** Node options for mostly idle processes: less memory, and no waiting threads. */
const SMALL = '--max-semi-space-size=1 --v8-pool-size=1'

it(`${APPS} apps that outlived the auth service fetch the keys once each when it returns`, async () => {
  const begin = performance.now()
  const { auth, addApp } = await openHouse({ env })
  const proxy = await countingProxy(auth.url)
  onTestFinished(() => proxy.close())
  const fetched = () => proxy.answered('/.well-known/jwks.json')
  const [first, ...people] = (await times(1 + 3 * (WAVES + 2), () => auth.signUp())) as [Person, ...Person[]]
  const apps = await inBatches(APPS, 8, async () => {
    const app = await addApp({ authUrl: proxy.url, nodeOptions: SMALL })
    expect((await app.ask(first)).status).toBe(200)
    return app
  })
  const started = performance.now()
  expect(fetched(), 'at the start').toBe(APPS)
  /** Sends three new users to all apps at once. */
  const meetThree = async () => {
    const found = people.splice(0, 3)
    const answers = await Promise.all(apps.flatMap((app) => found.map(({ access }) => app.ask({ access }))))
    return new Set(answers.map(({ status }) => status))
  }
  const advance = (seconds: number) => Promise.all(apps.map((app) => app.advance(seconds)))

  await auth.stop('SIGKILL')
  await advance(400)
  expect(await meetThree(), 'while it is down').toEqual(new Set([200]))
  await eventually(() => expect(proxy.unanswered('/.well-known/jwks.json')).toBe(APPS))

  await auth.start()
  const back = performance.now()
  // Once is enough, unless the machine is so busy that a fetch times out; its app tries again later.
  for (let wave = 0; wave < WAVES && fetched() < 2 * APPS; wave++) {
    await advance(COOLDOWN + 1)
    expect(await meetThree()).toEqual(new Set([200]))
    await vi.waitFor(() => expect(fetched()).toBe(2 * APPS), PATIENT).catch(() => {})
  }
  expect(fetched(), 'once it is back').toBe(2 * APPS)
  expect(await meetThree()).toEqual(new Set([200]))
  const ages = await Promise.all(apps.map(async (app) => (await app.state()).keys?.age))
  expect(Math.max(...ages.map(Number)), 'each of them has new ones').toBeLessThan(400)
  await eventually(async () => {
    const states = await Promise.all(apps.map(async (app) => (await app.state()).feed.state))
    expect(states.filter((state) => state !== 'live')).toEqual([])
  })
  expect(fetched()).toBe(2 * APPS)
  const reconnected = performance.now()
  await Promise.all(apps.map((app) => app.stop('SIGKILL')))
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
  console.log(
    `${APPS} apps: ${seconds(begin, started)} s to start, all with new keys and a live feed ` +
      `${seconds(back, reconnected)} s after the service was back.`,
  )
})
