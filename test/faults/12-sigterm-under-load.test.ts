import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createService, readConfig } from '@latchkey/auth-service'
import { expect, it, onTestFinished } from 'vitest'
import { openStream } from '../auth-service/support/event-stream.ts'
import { SECRET_KEY } from '../auth-service/support/services.ts'
import { eventually } from '../support/eventually.ts'
import { COOKIE_DOMAIN, ISSUER } from '../support/tokens.ts'
import type { App } from './support/app.ts'
import {
  type AuthService,
  cookieOf,
  PASSWORD,
  type Pair,
  type Person,
  pairOf,
} from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { openHouse } from './support/house.ts'
import { type Asked, halfRequest, startLoad, type Tally } from './support/load.ts'
import { expectNoAlarm, sidOf } from './support/renewals.ts'
import { times } from './support/times.ts'

const JSON_TYPE = { accept: 'application/json', 'content-type': 'application/json' }
const KEYS: Asked = { path: '/.well-known/jwks.json' }
/** Seconds after which an access token has expired, within any app's tolerance. */
const EXPIRED = 400

it('the auth service drops no request and ends its streams cleanly, and its apps hear what was revoked in the meantime', async () => {
  const { auth, apps, advance } = await openHouse({ apps: 3 })
  const random = faults.random('sigterm')
  const browsers = createBrowsers(await times(24, () => auth.signUp()))
  const visitors = createBrowsers(await times(6, () => auth.signUp()))
  const reconnected: number[] = []

  for (let round = 0; round < faults.rounds(2, 40); round++) {
    await advance(EXPIRED)
    const [bystander, absent] = [await auth.signUp(), await auth.signUp()]
    const leavers = createLeavers(await times(6, () => auth.signUp()))
    const halves = await times(4, () => halfRequest(auth.url, '/login', loginOf(bystander)))
    const streams = await times(2, () => openStream(auth.port))
    await eventually(() => expect(streams.every((stream) => stream.isReady())).toBe(true))
    const loads = [
      startLoad({ url: auth.url, people: 24, kept: true, next: browsers.atAuth }),
      startLoad({ url: auth.url, people: 4, kept: false, next: () => KEYS }),
      startLoad({ url: auth.url, people: 6, kept: true, next: leavers.next }),
    ]
    const throughApps = apps.map(({ url }, i) =>
      startLoad({ url, people: 2, kept: true, next: (person) => visitors.atApp(2 * i + person) }),
    )
    const all = [...loads, ...throughApps]
    await eventually(() => expect(all.every(({ tally }) => (tally.answered[200] ?? 0) > 20)).toBe(true))

    await setTimeout(random.whole(0, 100))
    leavers.leaveWithin(50)
    const stopped = auth.stop('SIGTERM')
    await eventually(() => refused(auth.port))
    for (const half of halves) expect((await half.finish()).status).toBe(200)
    expect(await stopped).toEqual({ code: 0, signal: null })
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([true, true])
    await endSession(auth, sidOf(absent.refresh), () => Date.now() + (round + 1) * EXPIRED * 1000)

    await auth.start()
    const begin = performance.now()
    await eventually(() => expect(leavers.allGone()).toBe(true))
    const tallies = await Promise.all(loads.map((load) => load.stop()))
    const appTallies = await Promise.all(throughApps.map((load) => load.stop()))
    for (const app of apps) await expectRefused(app, [absent, ...leavers.people])
    reconnected.push(performance.now() - begin)
    for (const app of apps) expect((await app.ask(bystander)).status).toBe(200)

    for (const tally of tallies) expectNothingLost(tally, [200])
    for (const tally of appTallies) expectNothingLost(tally, [200, 503])
    expect(tallies[0]).toMatchObject({ refused: expect.toSatisfy((count) => count >= 24) })
    await eventually(async () => {
      for (const visitor of [0, 1, 2, 3, 4, 5]) {
        expect((await apps[visitor >> 1]?.ask(visitors.pair(visitor)))?.status).toBe(200)
      }
    })
  }

  const slowest = Math.round(Math.max(...reconnected))
  console.log(`All apps knew what was revoked within ${slowest} ms of the restart, at most.`)
  await expectNoAlarm(auth)
})

/** Users with their browsers' cookies. */
function createBrowsers(people: readonly Person[]) {
  const pairs: Pair[] = [...people]
  const turns = people.map((_, i) => i)
  const keep = (person: number) => (answer: Parameters<typeof pairOf>[0]) => {
    const pair = pairOf(answer)
    // The auth service's own cookie stays as it was at sign-in.
    if (pair) pairs[person] = { ...pairs[person], ...pair }
  }
  return {
    pair: (person: number) => pairs[person] as Pair,
    /** Renews, opens the account page and fetches the keys, in turn. */
    atAuth(person: number): Asked {
      const cookie = cookieOf(pairs[person] as Pair)
      const turn = (turns[person] as number)++ % 3
      if (turn === 0) return KEYS
      const heard = keep(person)
      return turn === 1
        ? { path: '/refresh', method: 'POST', headers: { ...JSON_TYPE, cookie }, heard }
        : { path: '/account', headers: { ...JSON_TYPE, cookie }, heard }
    },
    atApp: (person: number): Asked => ({
      path: '/',
      headers: { cookie: cookieOf(pairs[person] as Pair) },
      heard: keep(person),
    }),
  }
}

/** Users who sign out about when the service is stopped, and retry until it is acknowledged. */
function createLeavers(people: readonly Person[]) {
  const random = faults.random('leavers')
  const due = people.map(() => Number.POSITIVE_INFINITY)
  const gone = people.map(() => false)
  return {
    people,
    leaveWithin(ms: number) {
      for (const i of people.keys()) due[i] = performance.now() + random.next() * ms
    },
    next(i: number): Asked {
      if (gone[i] || performance.now() < (due[i] as number)) return KEYS
      const heard = () => {
        gone[i] = true
      }
      const headers = { ...JSON_TYPE, cookie: cookieOf(people[i] as Person) }
      return { path: '/logout', method: 'POST', headers, body: '{}', heard }
    },
    allGone: () => gone.every(Boolean),
  }
}

const loginOf = ({ email }: Person) => JSON.stringify({ email, password: PASSWORD })

/** Like an administrator's tool on the same database. */
async function endSession({ databaseUrl }: AuthService, sid: string, now: () => number): Promise<void> {
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent' }
  const service = await createService(readConfig(env), { now })
  await service.sessions.end(sid)
  await service.close()
}

async function expectRefused(app: App, people: readonly Person[]): Promise<void> {
  for (const { access } of people) {
    await eventually(async () => expect((await app.ask({ access })).status).toBe(401))
  }
}

function expectNothingLost({ dropped, answered }: Tally, statuses: readonly number[]): void {
  expect(dropped).toEqual([])
  for (const status of Object.keys(answered)) expect(statuses).toContain(Number(status))
}

/** Resolves once the port is closed. */
async function refused(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const taken = await once(socket, 'connect').catch(() => null)
  socket.destroy()
  if (taken) throw new Error('A connection was taken.')
}

it('an app of the family drops no request either', async () => {
  for (let round = 0; round < faults.rounds(2, 20); round++) {
    const { child, url } = await startNotes()
    const load = startLoad({ url, people: 30, kept: true, next: () => ({ path: '/' }) })
    await eventually(() => expect(load.tally.answered[200] ?? 0).toBeGreaterThan(300))
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
    const tally = await load.stop()
    expectNothingLost(tally, [200])
    expect(tally.closing).toBeGreaterThan(0)
  }
})

/** The notes app as deployed, with a new database, until the test ends. */
async function startNotes() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sigterm-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const main = resolve(import.meta.dirname, '../../examples/notes/dist/main.js')
  const env = {
    OWN_URL: 'http://app1.demo.localhost:4001',
    LOGIN_URL: `${ISSUER}/login`,
    DATABASE_URL: `file:${join(folder, 'app.sqlite')}`,
    PORT: '0',
  }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  child.stdout.resume()
  return { child, url: `http://127.0.0.1:${String(line).match(/ port (\d+)\)/)?.[1]}` }
}
