import { randomBytes } from 'node:crypto'
import { createService, readConfig, type Service } from '@latchkey/auth-service'
import { startPostgres } from '../test/support/postgres.ts'
import { median } from './figures.ts'
import { mannWhitney } from './mann-whitney.ts'

/** Timed responses of each kind per route, and warm-up responses before those. */
const SAMPLES = 70
const WARM_UP = 8
/**
 * Below this p-value, chance alone is an unlikely explanation. With nine comparisons, one run in 37 falls below it by
 * chance.
 */
const SIGNIFICANT = 0.003
/** The smallest difference of medians that is visible through a network, in ms; smaller ones drown in its noise. */
const NOTEWORTHY = 1

interface Request {
  readonly path: string
  /** The request for an address; everything but the address is the same for both kinds. */
  readonly body: (email: string) => object
  readonly status: number
}
interface Route extends Request {
  /** An untimed request before it, whose cookies are sent along. */
  readonly before?: Request
}

const PASSWORD = 'not the password of anybody'
const LOGIN: Route = { path: '/login', body: (email) => ({ email, password: PASSWORD }), status: 401 }
const FORGOT: Route = { path: '/password/forgot', body: (email) => ({ email }), status: 202 }
const REGISTER: Route = { path: '/register', body: (email) => ({ email, password: PASSWORD }), status: 202 }
const MAIL: Route = { path: '/login/mail', body: (email) => ({ email }), status: 202 }
const CODE: Route = { path: '/login/mail/code', body: () => ({ code: '000000' }), status: 422, before: MAIL }

const encoded = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '')

/** Hashes made by Django 5.2; their passwords do not matter. */
const pbkdf2 = (): string => `pbkdf2_sha256$1000000$${encoded(16)}$${randomBytes(32).toString('base64')}`
const argon2id = (): string => `argon2$argon2id$v=19$m=102400,t=2,p=8$${encoded(16)}$${encoded(32)}`

/**
 * Whether response times reveal if an address has an account. Known and unknown addresses are requested in random order
 * on one connection and compared by a Mann-Whitney U test. Passwords cost what they cost in production; those of
 * imported users who have not signed in yet cost what they cost in Django.
 */
export async function measureEnumeration(samples = SAMPLES, warmUp = WARM_UP): Promise<void> {
  console.log(`\nDo response times reveal known addresses? ${samples} samples of each kind:`)
  const count = { samples, warmUp }
  await measureOn('SQLite', ':memory:', count, false, [LOGIN, FORGOT, REGISTER, MAIL, CODE])
  await measureOn('SQLite, two of three people imported', ':memory:', count, true, [LOGIN])
  const postgres = await startPostgres()
  try {
    const url = await postgres.createDatabase()
    await measureOn('Postgres, two of three people imported', url, count, true, [LOGIN, MAIL, CODE])
  } finally {
    await postgres.stop()
  }
}

interface Count {
  readonly samples: number
  readonly warmUp: number
}

async function measureOn(
  name: string,
  databaseUrl: string,
  count: Count,
  imported: boolean,
  routes: readonly Route[],
): Promise<void> {
  console.log(`${name}:`)
  const service = await createService(
    readConfig({
      AUTH_URL: 'http://auth.bench.localhost',
      COOKIE_DOMAIN: 'bench.localhost',
      SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
      DATABASE_URL: databaseUrl,
      EMAIL_VERIFICATION: 'required',
      SIGN_IN_BY_MAIL: 'on',
      LOG_LEVEL: 'error',
      PORT: '0',
    }),
  )
  const built = new URL('../auth-service/dist/web/server.js', import.meta.url).href
  const { serve } = (await import(built)) as typeof import('../auth-service/src/web/server.ts')
  const server = await serve(service)
  try {
    const hash = await service.passwords.hash('the password of all of them')
    const hashes = imported ? [() => hash, pbkdf2, argon2id] : [() => hash]
    for (const route of routes) {
      report(route.path, await timesOf(service, server.address.port, route, hashes, count))
    }
  } finally {
    await server.close()
  }
}

interface Times {
  readonly known: number[]
  readonly unknown: number[]
}

/** In ms. Every address is requested once, so that no cache or rate limit interferes. */
async function timesOf(
  service: Service,
  port: number,
  route: Route,
  hashes: readonly (() => string)[],
  { samples, warmUp }: Count,
): Promise<Times> {
  const name = route.path.replaceAll('/', '')
  const address = (kind: string, i: number) => `${kind}-${name}-${i}@example.com`
  const emailVerifiedAt = Math.floor(Date.now() / 1000)
  for (let i = 0; i < samples + warmUp; i++) {
    const password = hashes[i % hashes.length]?.() ?? '!'
    await service.users.create({ email: address('a', i), password, emailVerifiedAt })
  }
  const times: Times = { known: [], unknown: [] }
  for (let i = 0; i < samples + warmUp; i++) {
    const kinds = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
    for (const kind of kinds) {
      const email = address(kind === 'known' ? 'a' : 'b', i)
      const { cookie } = route.before ? await ask(port, route.before, email) : { cookie: '' }
      const { took } = await ask(port, route, email, cookie)
      if (i >= warmUp) times[kind].push(took)
    }
  }
  return times
}

/** The response time in ms, and the cookies that the response set. */
async function ask(port: number, { path, body, status }: Request, email: string, cookie = '') {
  const begin = performance.now()
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', cookie },
    body: JSON.stringify(body(email)),
  })
  await response.arrayBuffer()
  const took = performance.now() - begin
  if (response.status !== status) throw new Error(`${path} returned ${response.status}.`)
  const cookies = response.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  return { took, cookie: cookies.join('; ') }
}

function report(path: string, { known, unknown }: Times): void {
  const { p, greater } = mannWhitney(known, unknown)
  const [ofKnown, ofUnknown] = [median(known), median(unknown)]
  const difference = ofKnown - ofUnknown
  const tells = p < SIGNIFICANT && Math.abs(difference) >= NOTEWORTHY
  console.log(
    `  ${path.padEnd(17)} known ${ofKnown.toFixed(2)} ms, unknown ${ofUnknown.toFixed(2)} ms ` +
      `(${difference >= 0 ? '+' : ''}${difference.toFixed(3)} ms); p = ${p.toFixed(3)}, ` +
      `known is slower in ${(greater * 100).toFixed(1)} % of pairs: ${tells ? 'DISTINGUISHABLE in this run' : 'not distinguishable'}`,
  )
}
