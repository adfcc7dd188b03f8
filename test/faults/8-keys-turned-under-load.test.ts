import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { SECRET_KEY } from '../auth-service/support/services.ts'
import { eventually } from '../support/eventually.ts'
import { COOKIE_DOMAIN, ISSUER } from '../support/tokens.ts'
import { type Pair, type Person, pairOf } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { openFront } from './support/front.ts'
import { openHouse } from './support/house.ts'
import { expectNoAlarm, storedSessions } from './support/renewals.ts'

const CLI = resolve(import.meta.dirname, '../../auth-service/dist/cli.js')
const APPS = 3
const PEOPLE = 12
/** In ms, on a machine of normal speed. */
const EVERY = 2_000
/** By number and not by time: a busy machine takes longer, with the same result. */
const TURNS = 8
/** Pause between two requests of a user, in ms, since the commands need the machine, too. */
const PAUSE = 20

it('rotating the keys every 2 s under load fails no token and signs no one out', async () => {
  // Tokens of two seconds, so that users get new ones all the time.
  const { auth, addApp } = await openHouse({ env: { ACCESS_TTL: '2' } })
  const front = await openFront(auth.url)
  const apps = await Promise.all(
    Array.from({ length: APPS }, () => addApp({ authUrl: front.url, clockTolerance: 1 })),
  )
  const random = faults.random('turning')
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => auth.signUp()))
  // Every app has its keys, and follows the feed.
  for (const app of apps) expect((await app.ask(people[0])).status).toBe(200)
  for (const app of apps) await eventually(async () => expect((await app.state()).feed.state).toBe('live'))
  const first = await keys()

  const failures: string[] = []
  const signers = new Set<string>()
  let asked = 0
  let stopped = false

  async function browse(person: Person): Promise<Pair> {
    let pair: Pair = person
    while (!stopped) {
      const answer = await random.pick(apps).ask(pair)
      asked++
      if (answer.status !== 200) failures.push(`${answer.status}: ${answer.text}`)
      pair = pairOf(answer) ?? pair
      signers.add(kidOf(pair.access))
      await setTimeout(PAUSE)
    }
    return pair
  }
  const browsing = people.map(browse)

  let turns = 0
  let signIns = 0
  while (turns < TURNS * faults.rounds(1, 5)) {
    const due = performance.now() + EVERY
    const [next] = await inState('next')
    expect(await latchkey('keys', 'rotate', '--force')).toContain(`${next} is now the current key`)
    turns++
    // No other process rotates: the key that the command made current signs moments later.
    await eventually(async () => expect(await signer()).toBe(next), { interval: 100 })
    await setTimeout(Math.max(0, due - performance.now()))
  }
  stopped = true
  const pairs = await Promise.all(browsing)

  const states = await Promise.all(apps.map((app) => app.state()))
  console.log(
    `${turns} turns, ${asked} requests, ${signers.size} keys signed, ${front.fetches} fetches by ${APPS} apps`,
  )
  const warnings = states.flatMap((state) => state.warnings)
  expect({ failures, warnings }).toEqual({ failures: [], warnings: [] })
  for (const { requests } of states) expect(Object.keys(requests.refused)).toEqual(['expired'])
  // No fetch of the key set was needed.
  expect(front.fetches).toBe(APPS)
  expect(signers.size).toBeGreaterThan(turns / 3)
  const all = await keys()
  expect(all.filter(({ state }) => state === 'retiring')).toHaveLength(turns)
  expect(all).toHaveLength(turns + first.length)
  for (const { keys } of states) expect(keys?.count).toBe(all.length)
  for (const { refresh } of pairs) expect((await auth.renew(refresh)).status).toBe(200)
  expect((await storedSessions(auth)).size).toBe(PEOPLE + signIns)
  await expectNoAlarm(auth)

  /** The key that signs the tokens of a new sign-in. */
  async function signer(): Promise<string> {
    signIns++
    return kidOf((await auth.signIn(people[0] as Person)).access)
  }

  function keys() {
    return auth.call('keys', 'list')
  }

  async function inState(wanted: string): Promise<string[]> {
    return (await keys()).filter(({ state }) => state === wanted).map(({ kid }) => kid)
  }

  async function latchkey(...args: string[]): Promise<string> {
    const env = {
      AUTH_URL: ISSUER,
      COOKIE_DOMAIN,
      SECRET_KEY,
      DATABASE_URL: auth.databaseUrl,
      ACCESS_TTL: '2',
    }
    const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return out + err
  }
})

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()).kid
