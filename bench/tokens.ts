import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createService, OPERATOR, readConfig, type Service } from '@latchkey/auth-service'
import { type AuthCore, createAuthCore, opaqueToken } from '@latchkey/jwt-middleware'
import { startPostgres } from '../test/support/postgres.ts'
import { median } from './figures.ts'
import { ISSUER, NO_REVOCATIONS, OWN_URL, signIn } from './people.ts'

const PEOPLE = 2_000
const CALLS = 100_000
const ROUNDS = 15
/** A warm request with a token may cost this many times a warm one with a cookie. */
const MOST_RATIO = 1.5

const APPS = 20
const REVOCATIONS = 100
/** How often each app looks, in ms. */
const LOOK = 5
/** The limit for the last app's refusal in 99 of 100 rounds, in ms. */
const MOST_MS = 1_000

const TOKENS = 500
const EACH = 100
const CONNECTIONS = 16
const SECONDS = 8
/** Introspections per second on one core, and their p99 in ms. */
const LEAST_RATE = 5_000
const MOST_P99 = 20

const ENV = {
  AUTH_URL: ISSUER,
  COOKIE_DOMAIN: 'bench.localhost',
  SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
  PORT: '0',
  LOG_LEVEL: 'error',
}
const quiet = { debug: () => {}, warn: () => {} }
const CLIENT = { clientId: 'A'.repeat(22), clientSecret: opaqueToken('app_secret', new Uint8Array(32)) }

/** Rounds in which better-auth verifies its API keys, and we check ours. */
const ROUNDS_BESIDE = 5

/** What API tokens cost: a warm request, a revocation in 20 connected apps, and an introspection. */
export async function measureTokens(): Promise<void> {
  const warm = await compareWithCookies()
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const postgres = await startPostgres()
  try {
    const databases = [
      ['SQLite', `file:${join(folder, 'auth.sqlite')}`],
      ['Postgres', await postgres.createDatabase()],
    ] as const
    const rows = []
    for (const [name, url] of databases) rows.push({ database: name, ...(await measureOn(url)) })
    console.log(
      `\nRevoked tokens in ${APPS} connected apps, and introspections by ${CONNECTIONS} connections:`,
    )
    console.table(rows.map(({ figures: _, ...shown }) => shown))
    for (const { database, figures } of rows) {
      verdict(
        `ms until the last app refuses, p99, ${database}`,
        figures.revoked,
        figures.revoked <= MOST_MS,
        MOST_MS,
      )
      verdict(`introspections/s, ${database}`, figures.rate, figures.rate >= LEAST_RATE, LEAST_RATE)
      verdict(`ms for an introspection, p99, ${database}`, figures.p99, figures.p99 <= MOST_P99, MOST_P99)
    }
    await compareWithBetterAuth(folder, warm, rows[0]?.figures.rate ?? 0)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
}

const verdict = (what: string, measured: number, isMet: boolean, goal: number): void =>
  console.log(`${measured.toFixed(2)} ${what} (goal ${goal}: ${isMet ? 'met' : 'NOT met in this run'})`)

/** Verifications per second: ours in an app that knows the token and by introspection, and those of its API keys. */
async function compareWithBetterAuth(folder: string, warm: () => number, cold: number): Promise<void> {
  const theirs = await startBetterAuth(folder)
  if (theirs === null) return
  const rounds: { ours: number; theirs: number }[] = []
  for (let round = 0; round < ROUNDS_BESIDE; round++) {
    rounds.push({ theirs: await theirs.verify(), ours: 1e6 / warm() })
  }
  await theirs.stop()
  const [ourRate, theirRate] = [
    median(rounds.map(({ ours }) => ours)),
    median(rounds.map((one) => one.theirs)),
  ]
  const row = (what: string, rate: number, ratio: number) => ({
    what,
    'verifications/s': Math.round(rate),
    'times better-auth': Number(ratio.toPrecision(3)),
  })
  console.log(`\nVerifications on one core and SQLite, beside better-auth ${theirs.version}:`)
  console.table([
    row('an app that knows the token', ourRate, median(rounds.map(({ ours, theirs }) => ours / theirs))),
    row(`POST /introspect, by ${CONNECTIONS} connections`, cold, cold / theirRate),
    row('verifyApiKey() of better-auth, in its own process, without HTTP', theirRate, 1),
  ])
}

/** Installs better-auth in that folder; `null` if the registry can't be reached. */
async function startBetterAuth(parent: string) {
  const folder = join(parent, 'better-auth')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'keys', private: true, type: 'module' }))
  const packages = ['better-auth', '@better-auth/api-key']
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']
  const installed = spawnSync('npm', ['install', ...quiet, ...packages], { cwd: folder, encoding: 'utf8' })
  if (installed.status !== 0) {
    console.log(`\nbetter-auth was not installed, so nothing is compared with it:\n${installed.stderr}`)
    return null
  }
  const program = join(folder, 'better-auth-keys.ts')
  copyFileSync(new URL('better-auth-keys.ts', import.meta.url), program)
  const given = [fileURLToPath(import.meta.url), join(folder, 'keys.sqlite'), String(TOKENS)]
  const child = spawn(process.execPath, [program, ...given], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  spawnSync('taskset', ['-acp', '0', String(child.pid)])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('better-auth ended early.')
    return value
  }
  if ((await line()) !== 'ready') throw new Error('better-auth did not start.')
  const { version } = JSON.parse(
    readFileSync(join(folder, 'node_modules/better-auth/package.json'), 'utf8'),
  ) as { version: string }
  return {
    version,
    async verify(): Promise<number> {
      child.stdin.write('\n')
      return Number(await line())
    },
    async stop(): Promise<void> {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

/** Header list in, user out, with fresh strings for the headers. Returns a function that times the token again, in µs. */
async function compareWithCookies(): Promise<() => number> {
  const { jwk, cookies } = await signIn(PEOPLE)
  const tokens = Array.from({ length: PEOPLE }, () => opaqueToken('api_token', randomBytes(32)))
  const indexes = new Map(tokens.map((token, i) => [token, i]))
  const auth = createAuthCore({
    loginUrl: `${ISSUER}/login`,
    ownUrl: OWN_URL,
    ...CLIENT,
    revocations: NO_REVOCATIONS,
    log: quiet,
    async fetch(input, init) {
      if (!String(input).endsWith('/introspect')) return Response.json({ keys: [jwk] })
      const i = indexes.get(new URLSearchParams(String(init?.body)).get('token') ?? '') as number
      return Response.json({ active: true, ...claimsOf(i) })
    },
  })
  const headers = { cookie: cookies, authorization: tokens.map((token) => `Bearer ${token}`) }
  const bytes = Object.entries(headers).map(([name, values]) => ({
    name,
    values: values.map((value) => Buffer.from(value, 'latin1')),
  }))
  for (const [name, values] of Object.entries(headers)) {
    for (const value of values) {
      const header = (asked: string) => (asked === name ? value : undefined)
      const { user } = await auth.authenticate({ method: 'GET', target: '/', header })
      if (!user.isAuthenticated) throw new Error(`The ${name} was refused.`)
    }
  }
  const timeOf = ({ name, values }: (typeof bytes)[number]): number => {
    const list = (i: number) => [
      'Host',
      'app.bench.localhost',
      'User-Agent',
      'bench',
      'Accept',
      'text/html',
      name,
      (values[i % PEOPLE] as Buffer).toString('latin1'),
    ]
    return time((i) => auth.recall('GET', list(i)) !== null)
  }
  const took = bytes.map(() => [] as number[])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, header] of bytes.entries()) took[kind]?.push(timeOf(header))
  }
  const [cookie = [], token = []] = took
  const ratio = median(token.map((value, round) => value / (cookie[round] as number)))
  console.log(
    `\nThe whole check of a warm request, with its header: ${median(cookie).toFixed(2)} µs with cookies, ` +
      `${median(token).toFixed(2)} µs with an API token`,
  )
  verdict('times a cookie', ratio, ratio <= MOST_RATIO, MOST_RATIO)
  return () => timeOf(bytes[1] as (typeof bytes)[number])
}

const claimsOf = (i: number) => {
  const uuid = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
  return {
    token_type: 'api_token',
    iss: ISSUER,
    sub: uuid,
    jti: `token-${i}`,
    iat: 0,
    scope: 'cards.read cards.write',
    token_name: 'bench',
    user_uuid: uuid,
    user_version: 1,
    user_email: `person-${i}@example.com`,
    email_verified: true,
    user_first_name: 'Ada',
    user_last_name: 'Lovelace',
    user_is_staff: false,
    user_is_superuser: false,
  }
}

function time(call: (i: number) => boolean): number {
  const begin = process.hrtime.bigint()
  for (let i = 0; i < CALLS; i++) if (!call(i)) throw new Error('A user was not in the cache.')
  return Number(process.hrtime.bigint() - begin) / CALLS / 1000
}

interface Issued {
  readonly secret: string
}

/** With the auth service in a process on one core, and everything else here. */
async function measureOn(databaseUrl: string) {
  const main = fileURLToPath(new URL('../auth-service/dist/main.js', import.meta.url))
  const env = { ...ENV, DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const url = `http://127.0.0.1:${String(line).match(/ port (\d+)\)/)?.[1]}`
  spawnSync('taskset', ['-acp', '0', String(child.pid)])
  const service = await createService(readConfig(env))
  try {
    const client = await register(service)
    await setTimeout(1_500) // The service reads new apps within a second.
    const tokens = await issue(service, TOKENS + REVOCATIONS)
    const revoked = await measureRevocationsIn(url, client, tokens.slice(TOKENS))
    const load = await introspect(url, client, tokens.slice(0, TOKENS), child.pid as number)
    return {
      'revoked p50 ms': Math.round(median(revoked)),
      'revoked p99 ms': Math.round(percentile(revoked, 99)),
      'introspections/s': Math.round(load.rate),
      'p50 ms': percentile(load.took, 50).toFixed(2),
      'p99 ms': percentile(load.took, 99).toFixed(2),
      'CPU µs': load.cpu.toFixed(0),
      figures: { revoked: percentile(revoked, 99), rate: load.rate, p99: percentile(load.took, 99) },
    }
  } finally {
    await service.close()
    child.kill()
    await once(child, 'exit')
  }
}

type Client = Pick<NonNullable<Parameters<typeof createAuthCore>[0]>, 'clientId' | 'clientSecret'>

async function register({ apps, appCredentials }: Service): Promise<Client> {
  const app = await apps.create({ name: 'Bench', origins: ['https://bench.example.com'] }, OPERATOR)
  if (!app.ok) throw new Error('The database is not empty.')
  const issued = await appCredentials.issue(app.value.id, OPERATOR, 0)
  if (!issued.ok) throw new Error(issued.reason)
  const { clientId, clientSecret } = issued.value
  return { clientId, clientSecret }
}

async function issue({ users, apiTokens }: Service, count: number): Promise<Issued[]> {
  const all: Issued[] = []
  while (all.length < count) {
    const email = `person-${all.length}@example.com`
    const created = await users.create({ email, firstName: 'Ada', lastName: 'Lovelace', password: '!' })
    if (!created.ok) throw new Error('The database is not empty.')
    for (let i = 0; i < EACH && all.length < count; i++) {
      const input = { name: `token ${i}`, apps: 'all', expires: 'never' } as const
      const made = await apiTokens.create(created.value, input as never, OPERATOR)
      if (!made.ok) throw new Error(JSON.stringify(made.errors))
      all.push({ secret: made.secret })
    }
  }
  return all
}

/** Milliseconds from just before the request until the last app refuses the token, for each token. */
async function measureRevocationsIn(
  url: string,
  client: Client,
  tokens: readonly Issued[],
): Promise<number[]> {
  const options = {
    loginUrl: `${ISSUER}/login`,
    ownUrl: OWN_URL,
    authInternalUrl: url,
    log: quiet,
    ...client,
  }
  // A verifier with this option follows the feed from the start.
  const apps = Array.from({ length: APPS }, () =>
    createAuthCore({ ...options, onUserDeleted: () => {} } as never),
  )
  while (apps.some((app) => app.status().feed.state !== 'live')) await setTimeout(LOOK)
  const took: number[] = []
  for (const { secret } of tokens) {
    for (const app of apps) if (await isRefused(app, secret)) throw new Error('An app refused a valid token.')
    const begin = performance.now()
    const revoked = post(`${url}/revoke`, new URLSearchParams({ token: secret }).toString())
    const refusals = apps.map(async (app) => {
      while (!(await isRefused(app, secret))) await setTimeout(LOOK)
      return performance.now() - begin
    })
    took.push(Math.max(...(await Promise.all(refusals))))
    await revoked
  }
  for (const app of apps) app.close()
  return took
}

async function isRefused(app: AuthCore, secret: string): Promise<boolean> {
  const authorization = `Bearer ${secret}`
  if (app.recall('GET', ['Authorization', authorization])) return false
  const header = (name: string) => (name === 'authorization' ? authorization : undefined)
  const { user } = await app.authenticate({ method: 'GET', target: '/', header })
  if (!user.isAuthenticated && user.reason === 'unavailable')
    throw new Error('The auth service did not answer.')
  return !user.isAuthenticated
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const options: RequestOptions = {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  }
  return new Promise((resolve, reject) => {
    request(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end(body)
  })
}

/** CPU time of a process in µs; 0 where the system does not tell. Its ticks are 10 ms. */
function cpuOf(pid: number): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return 0
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

async function introspect(
  url: string,
  { clientId, clientSecret }: Client,
  tokens: readonly Issued[],
  pid: number,
) {
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  const took: number[] = []
  let next = 0
  const client = async (until: number, counts: boolean) => {
    while (performance.now() < until) {
      const { secret } = tokens[next++ % tokens.length] as Issued
      const begin = performance.now()
      const text = await post(`${url}/introspect`, `token=${secret}`, { authorization })
      if (!text.includes('"active":true')) throw new Error(`An introspection returned ${text}`)
      if (counts) took.push(performance.now() - begin)
    }
  }
  const all = (seconds: number, counts: boolean) => {
    const until = performance.now() + seconds * 1000
    return Promise.all(Array.from({ length: CONNECTIONS }, () => client(until, counts)))
  }
  await all(3, false)
  const before = cpuOf(pid)
  await all(SECONDS, true)
  return { rate: took.length / SECONDS, took, cpu: (cpuOf(pid) - before) / took.length }
}

const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] as number
