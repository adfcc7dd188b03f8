import { createService, readConfig, type Service } from '@latchkey/auth-service'
import { median } from './figures.ts'
import { mannWhitney } from './mann-whitney.ts'

/** Answers of each kind that are timed for each route. */
const SAMPLES = 100
const WARM_UP = 20
/** Below this, chance alone explains a difference badly. With three routes, one run in 33 falls below it by chance. */
const SIGNIFICANT = 0.01
/** A difference of medians that can be seen through a network, in ms; smaller ones drown in what a network adds. */
const NOTEWORTHY = 1

interface Route {
  readonly path: string
  /** What is asked of an address; anything but that is the same for both kinds. */
  readonly body: (email: string) => object
  readonly status: number
}

const PASSWORD = 'not the password of anybody'
const ROUTES: readonly Route[] = [
  { path: '/login', body: (email) => ({ email, password: PASSWORD }), status: 401 },
  { path: '/password/forgot', body: (email) => ({ email }), status: 202 },
  { path: '/register', body: (email) => ({ email, password: PASSWORD }), status: 202 },
]

/**
 * Whether the time of an answer tells if somebody has an address: known and unknown ones are asked in random order on one
 * connection, and compared by a Mann-Whitney U test. Passwords cost what they cost in production.
 */
export async function measureEnumeration(): Promise<void> {
  console.log(`\nDo answers tell known addresses from unknown ones by their time? ${SAMPLES} of each kind:`)
  const service = await createService(
    readConfig({
      AUTH_URL: 'http://auth.bench.localhost',
      COOKIE_DOMAIN: 'bench.localhost',
      SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
      DATABASE_URL: ':memory:',
      EMAIL_VERIFICATION: 'required',
      LOG_LEVEL: 'error',
      PORT: '0',
    }),
  )
  const built = new URL('../auth-service/dist/server.js', import.meta.url).href
  const { serve } = (await import(built)) as typeof import('../auth-service/src/server.ts')
  const server = await serve(service)
  try {
    for (const route of ROUTES) report(route.path, await timesOf(service, server.address.port, route))
  } finally {
    await server.close()
  }
}

interface Times {
  readonly known: number[]
  readonly unknown: number[]
}

/** In ms. Every address is asked once: nothing is remembered of it, and no limit is in the way. */
async function timesOf(service: Service, port: number, route: Route): Promise<Times> {
  const each = SAMPLES + WARM_UP
  const password = await service.passwords.hash('the password of all of them')
  const name = route.path.replaceAll('/', '')
  const address = (kind: string, i: number) => `${kind}-${name}-${i}@example.com`
  const emailVerifiedAt = Math.floor(Date.now() / 1000)
  for (let i = 0; i < each; i++) {
    await service.users.create({ email: address('a', i), password, emailVerifiedAt })
  }
  const times: Times = { known: [], unknown: [] }
  for (let i = 0; i < each; i++) {
    const kinds = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
    for (const kind of kinds) {
      const took = await ask(port, route, address(kind === 'known' ? 'a' : 'b', i))
      if (i >= WARM_UP) times[kind].push(took)
    }
  }
  return times
}

async function ask(port: number, { path, body, status }: Route, email: string): Promise<number> {
  const begin = performance.now()
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body(email)),
  })
  await response.arrayBuffer()
  const took = performance.now() - begin
  if (response.status !== status) throw new Error(`${path} answered ${response.status}.`)
  return took
}

function report(path: string, { known, unknown }: Times): void {
  const { p, greater } = mannWhitney(known, unknown)
  const [ofKnown, ofUnknown] = [median(known), median(unknown)]
  const difference = ofKnown - ofUnknown
  const tells = p < SIGNIFICANT && Math.abs(difference) >= NOTEWORTHY
  console.log(
    `${path.padEnd(17)} known ${ofKnown.toFixed(2)} ms, unknown ${ofUnknown.toFixed(2)} ms ` +
      `(${difference >= 0 ? '+' : ''}${difference.toFixed(3)} ms); p = ${p.toFixed(3)}, ` +
      `a known one takes longer in ${(greater * 100).toFixed(1)} % of pairs: ${tells ? 'IT TELLS in this run' : 'it does not tell'}`,
  )
}
