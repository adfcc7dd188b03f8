import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { send } from '../support/http.ts'
import type { App } from './support/app.ts'
import type { AuthService, Pair } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { caughtUp } from './support/feed.ts'
import { openHouse } from './support/house.ts'
import { alarms, sidOf, storedSessions } from './support/renewals.ts'

const APPS = 20
/** In seconds; the grace period is 30. */
const AFTER_THE_GRACE = 31
/** Seconds between two fetches of the keys, and the maximum number of waits for one. */
const COOLDOWN = 30
const WAVES = 6
/**
 * In ms: long before the next heartbeat and the token's expiry, so it was a notification. On a quiet machine it takes
 * less than a second, which the benchmark measures; a busy one meets this limit.
 */
const AT_ONCE = 10_000

it('a refresh token replayed after the grace period ends only its session: at once at the auth service, and in 20 apps before the next heartbeat', async () => {
  const { auth, apps, advance } = await openHouse({ apps: APPS })
  const random = faults.random('replay')
  let neighbour: Pair = await auth.signUp()
  await fetchKeys(apps, neighbour, advance)
  neighbour = (await auth.renew(neighbour.refresh)).pair as Pair
  const rounds = faults.rounds(3, 100)
  const times: number[] = []

  for (let round = 0; round < rounds; round++) {
    const victim = await auth.signUp()
    const laptop: Pair = victim
    const phone = await auth.signIn(victim)
    const renewed = (await auth.renew(laptop.refresh)).pair as Pair
    await advance(AFTER_THE_GRACE)
    for (const pair of [laptop, renewed, phone, neighbour])
      expect(await statuses(apps, pair)).toEqual(all(200))

    // Thief and owner cannot be distinguished: the session ends for both.
    const replayed = await replay(
      auth,
      random.pick(apps),
      laptop,
      random.pick(['at the service', 'at an app']),
    )
    const begin = performance.now()
    expect(replayed).toBe(401)
    expect([...(await storedSessions(auth)).keys()]).not.toContain(sidOf(laptop.refresh))
    expect((await auth.renew(renewed.refresh)).status).toBe(401)
    expect(await isActive(auth, renewed)).toBe(false)

    const seconds = apps.map((app, i) => refusalOf(app, i % 2 === 0 ? renewed : laptop, begin))
    times.push(...(await Promise.all(seconds)))
    for (const pair of [laptop, renewed]) expect(await statuses(apps, pair)).toEqual(all(401))
    for (const pair of [phone, neighbour]) {
      expect(await statuses(apps, pair)).toEqual(all(200))
      expect(await isActive(auth, pair)).toBe(true)
    }
    expect((await auth.renew(phone.refresh)).status).toBe(200)
    expect(await alarms(auth)).toEqual({ logged: round + 1, audited: round + 1 })
    neighbour = (await auth.renew(neighbour.refresh)).pair as Pair
  }

  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0)
  console.log(
    `${times.length} refusals in ${APPS} apps: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, last ${at(1)} ms`,
  )
  expect(at(1)).toBeLessThan(AT_ONCE)
  for (const app of apps) await caughtUp(auth, app)
})

const all = (status: number) => Array(APPS).fill(status)

/** Makes all apps fetch the keys. On a busy machine that can time out for an app, which tries again later. */
async function fetchKeys(apps: readonly App[], pair: Pair, advance: (seconds: number) => Promise<void>) {
  for (let wave = 0; wave < WAVES && (await statuses(apps, pair)).includes(503); wave++) {
    await advance(COOLDOWN + 1)
  }
}

/** The responses of all apps to an access token that they cannot renew. */
const statuses = (apps: readonly App[], { access }: Pair): Promise<number[]> =>
  Promise.all(apps.map(async (app) => (await app.ask({ access })).status))

async function replay(auth: AuthService, app: App, { refresh }: Pair, where: 'at the service' | 'at an app') {
  return (where === 'at an app' ? await app.ask({ refresh }) : await auth.renew(refresh)).status
}

async function isActive(auth: AuthService, { access }: Pair): Promise<boolean> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams({ token: access }).toString()
  const { text } = await send(`${auth.url}/introspect`, { method: 'POST', headers, body })
  return JSON.parse(text).active
}

/** Milliseconds from `begin` until the app rejects this access token. */
async function refusalOf(app: App, { access }: Pair, begin: number): Promise<number> {
  for (;;) {
    const { status } = await app.ask({ access })
    const passed = performance.now() - begin
    if (status === 401) return passed
    if (passed > AT_ONCE) throw new Error(`${app.url} still answers ${status} after ${passed} ms.`)
    await setTimeout(10)
  }
}
