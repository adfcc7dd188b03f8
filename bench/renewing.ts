/** Renews sessions in this process as fast as it can, and reports the cost. */
import { createService, readConfig } from '@latchkey/auth-service'
import { parseCookies } from '../auth-service/src/platform/client/host-cookies.ts'

export interface RenewalFigures {
  /** Renewals per second. */
  readonly rate: number
  /** In ms. */
  readonly p50: number
  readonly p99: number
  /** This process's CPU time per renewal, in µs. */
  readonly cpu: number
}

const SESSIONS = 500
/** A user's 101st session ends another one. */
const OF_ONE_USER = 100
/** Renewals per session; the first rounds are the warm-up. */
const ROUNDS = 30
const WARM_UP = 10
/** Seconds between two renewals of a session: more than the grace period, so that each of them rotates. */
const PAUSE = 60

const [databaseUrl = '', concurrency = '1'] = process.argv.slice(2)

const config = readConfig({
  AUTH_URL: 'http://auth.bench.localhost',
  COOKIE_DOMAIN: 'bench.localhost',
  SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: 'warn',
})
let clock = Date.now()
const service = await createService(config, { now: () => clock })
const { users, sessions } = service
const device = { userAgent: 'bench', address: '127.0.0.1' }
const jar: string[] = []
for (let i = 0; i < SESSIONS / OF_ONE_USER; i++) {
  const created = await users.create({
    email: `ada${i}@example.com`,
    firstName: 'Ada',
    lastName: 'Lovelace',
    password: '!',
  })
  if (!created.ok) throw new Error('The database is not empty.')
  for (let n = 0; n < OF_ONE_USER; n++) jar.push((await sessions.start(created.value, device)).refreshToken)
}

const took: number[] = []
let [begin, cpu] = [0, process.cpuUsage()]
for (let round = 0; round < ROUNDS; round++) {
  if (round === WARM_UP) [begin, cpu] = [performance.now(), process.cpuUsage()]
  clock += PAUSE * 1000
  const queue = jar.keys()
  await Promise.all(Array.from({ length: Number(concurrency) }, () => work(queue, round >= WARM_UP)))
}
const seconds = (performance.now() - begin) / 1000
const { user, system } = process.cpuUsage(cpu)
const renewals = (ROUNDS - WARM_UP) * SESSIONS
took.sort((a, b) => a - b)
const figures: RenewalFigures = {
  rate: renewals / seconds,
  p50: took[took.length >> 1] as number,
  p99: took[Math.floor(took.length * 0.99)] as number,
  cpu: (user + system) / renewals,
}
await service.close()
process.send?.(figures, () => process.disconnect())

async function work(queue: Iterable<number>, counts: boolean): Promise<void> {
  for (const at of queue) {
    const asked = performance.now()
    const renewed = await sessions.renewFrom(parseCookies(`jwt.refresh=${jar[at]}`))
    if (counts) took.push(performance.now() - asked)
    if (!renewed.ok || renewed.value.refreshToken === jar[at]) throw new Error('A session was not renewed.')
    jar[at] = renewed.value.refreshToken
  }
}
