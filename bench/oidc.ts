import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createService, OPERATOR, readConfig } from '@latchkey/auth-service'
import { startPostgres } from '../test/support/postgres.ts'
import type { Statements } from './count-statements.ts'
import { median } from './figures.ts'
import {
  BENCH_CLIENT,
  createOidcVisitor,
  type OidcProviderUnderTest,
  type OidcVisitor,
  REDIRECT_URI,
} from './oidc-client.ts'

export interface OidcBenchOptions {
  /** Browsers that are signed in, each with one request at a time. */
  readonly visitors: number
  /** Of each turn. */
  readonly seconds: number
  readonly rounds: number
  /** Requests of each kind by which statements are counted, one after the other. */
  readonly counted: number
}

const FULL: OidcBenchOptions = { visitors: 16, seconds: 4, rounds: 5, counted: 200 }

const HOST = 'auth.bench.localhost'

/** The second one is an authorization, and the exchange of its code. */
const STEPS = ['authorization', 'sign-in', 'refresh'] as const
type Step = (typeof STEPS)[number]

export interface OidcFigures {
  readonly name: string
  /** Requests per second, by step. */
  readonly rate: Readonly<Record<Step, number>>
  /** Of the process, in µs per request. */
  readonly cpu: Readonly<Record<Step, number>>
  /** Per request; `null` without a database. */
  readonly statements: Readonly<Record<Step, Statements & { readonly total: number }>> | null
}

interface Running {
  readonly name: string
  readonly child: ChildProcess
  readonly visitors: readonly OidcVisitor[]
  readonly samples: Record<Step, { rate: number; cpu: number }[]>
  readonly counts: boolean
}

/**
 * The code flow with PKCE and refreshes: the auth service on SQLite and on Postgres, beside oidc-provider with its
 * in-memory adapter. Every browser is signed in, and the app asks for no consent, so that each authorization is one
 * request.
 */
export async function measureOidc(options: OidcBenchOptions = FULL): Promise<readonly OidcFigures[]> {
  console.log(`\nOpenID Connect, ${options.visitors} browsers, each provider in a process on one core:`)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const postgres = await startPostgres()
  const running: Running[] = []
  try {
    running.push(await startBare(options))
    running.push(await startOurs('auth service, SQLite', `file:${join(folder, 'auth.sqlite')}`, options))
    running.push(await startOurs('auth service, Postgres', await postgres.createDatabase(), options))
    // The first requests compile, and fill caches.
    for (let round = -1; round < options.rounds; round++) {
      for (const one of running) await takeTurn(one, options.seconds, round >= 0)
    }
    const figures: OidcFigures[] = []
    for (const one of running) figures.push(await figuresOf(one, options.counted))
    report(figures)
    return figures
  } finally {
    for (const { child } of running) await stop(child)
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  // The channel for its figures would keep it.
  child.disconnect()
  await once(child, 'exit')
}

/** On a core of its own, where there are several. */
const pin = ({ pid }: ChildProcess): void => void spawnSync('taskset', ['-acp', '0', String(pid)])

const emptySamples = (): Running['samples'] => ({ authorization: [], 'sign-in': [], refresh: [] })

async function startBare({ visitors }: OidcBenchOptions): Promise<Running> {
  const child = fork(new URL('oidc-bare.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  pin(child)
  const provider = {
    url,
    host: new URL(url).host,
    client: BENCH_CLIENT,
    paths: { auth: '/auth', token: '/token' },
    cookies: new Map<string, string>(),
  }
  return {
    name: 'oidc-provider, in memory',
    child,
    visitors: Array.from({ length: visitors }, () => createOidcVisitor(provider)),
    samples: emptySamples(),
    counts: false,
  }
}

async function startOurs(
  name: string,
  databaseUrl: string,
  { visitors }: OidcBenchOptions,
): Promise<Running> {
  const env = {
    AUTH_URL: `http://${HOST}`,
    COOKIE_DOMAIN: 'bench.localhost',
    SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
  }
  const service = await createService(readConfig(env))
  const browsers: Omit<OidcProviderUnderTest, 'url'>[] = []
  try {
    const app = await service.apps.create({ name: 'Bench', origins: ['https://partner.example'] }, OPERATOR)
    if (!app.ok) throw new Error('The database is not empty.')
    const issued = await service.appCredentials.issue(app.value.id, OPERATOR)
    if (!issued.ok) throw new Error(issued.reason)
    const input = { redirect_uris: [REDIRECT_URI], first_party: true }
    await service.oidcClients.set(app.value.id, input, OPERATOR)
    const client = { id: issued.value.clientId, secret: issued.value.clientSecret }
    for (let i = 0; i < visitors; i++) {
      const created = await service.users.create({
        email: `person-${i}@example.com`,
        firstName: 'Ada',
        lastName: 'Lovelace',
        password: '!',
      })
      if (!created.ok) throw new Error('The database is not empty.')
      const { cookies } = await service.sessions.start(created.value, {
        userAgent: 'bench',
        address: '127.0.0.1',
      })
      const pairs = cookies.map((line) => /^([^=]+)=([^;]*)/.exec(line) ?? [])
      const jar = new Map(pairs.map(([, key = '', value = '']) => [key, value] as const))
      browsers.push({ client, host: HOST, paths: { auth: '/oidc/auth', token: '/oidc/token' }, cookies: jar })
    }
  } finally {
    await service.close()
  }
  const child = fork(fileURLToPath(new URL('../auth-service/dist/main.js', import.meta.url)), {
    env: { PATH: process.env.PATH, ...env },
    execArgv: ['--import', new URL('count-statements.ts', import.meta.url).href],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const url = await listening(child)
  pin(child)
  return {
    name,
    child,
    visitors: browsers.map((browser) => createOidcVisitor({ ...browser, url })),
    samples: emptySamples(),
    counts: true,
  }
}

async function listening(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, port] = / port (\d+)\)/.exec(line) ?? []
    if (port !== undefined) return `http://127.0.0.1:${port}`
  }
  throw new Error('The auth service ended before it listened.')
}

/** CPU time of a process in µs; 0 where the system does not tell. Its ticks are 10 ms. */
function cpuOf({ pid }: ChildProcess): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return 0
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Each step for some seconds, by all browsers at once. */
async function takeTurn(
  { child, visitors, samples }: Running,
  seconds: number,
  isMeasured: boolean,
): Promise<void> {
  const tokens = visitors.map(() => '')
  const work: Record<Step, (visitor: OidcVisitor, i: number) => Promise<unknown>> = {
    authorization: (visitor) => visitor.authorize(),
    async 'sign-in'(visitor, i) {
      tokens[i] = await visitor.exchange(await visitor.authorize())
    },
    async refresh(visitor, i) {
      tokens[i] = await visitor.refresh(tokens[i] as string)
    },
  }
  for (const step of STEPS) {
    const before = cpuOf(child)
    const begin = performance.now()
    const until = begin + seconds * 1000
    const counts = await Promise.all(
      visitors.map(async (visitor, i) => {
        let count = 0
        while (performance.now() < until || count === 0) {
          await work[step](visitor, i)
          count++
        }
        return count
      }),
    )
    const total = counts.reduce((sum, count) => sum + count)
    const rate = total / ((performance.now() - begin) / 1000)
    if (isMeasured) samples[step].push({ rate, cpu: (cpuOf(child) - before) / total })
  }
}

async function figuresOf(running: Running, counted: number): Promise<OidcFigures> {
  const { name, samples, counts } = running
  const of = (figure: 'rate' | 'cpu') =>
    Object.fromEntries(
      STEPS.map((step) => [step, median(samples[step].map((one) => one[figure]))]),
    ) as Record<Step, number>
  return {
    name,
    rate: of('rate'),
    cpu: of('cpu'),
    statements: counts ? await countStatements(running, counted) : null,
  }
}

/** By one browser, one request at a time: so that the time of a statement is its own. */
async function countStatements({ child, visitors }: Running, rounds: number) {
  const [visitor] = visitors as [OidcVisitor]
  const sums = Object.fromEntries(STEPS.map((step) => [step, { count: 0, time: 0, total: 0 }])) as Record<
    Step,
    { count: number; time: number; total: number }
  >
  async function counting<Value>(step: Step, request: () => Promise<Value>): Promise<Value> {
    await statementsOf(child)
    const begin = performance.now()
    const value = await request()
    const total = performance.now() - begin
    const { count, time } = await statementsOf(child)
    const sum = sums[step]
    sums[step] = { count: sum.count + count, time: sum.time + time, total: sum.total + total }
    return value
  }
  for (let round = 0; round < rounds; round++) {
    await counting('authorization', () => visitor.authorize())
    const token = await counting('sign-in', async () => visitor.exchange(await visitor.authorize()))
    await counting('refresh', () => visitor.refresh(token))
  }
  const mean = ({ count, time, total }: (typeof sums)[Step]) => ({
    count: count / rounds,
    time: time / rounds,
    total: total / rounds,
  })
  return Object.fromEntries(STEPS.map((step) => [step, mean(sums[step])])) as Record<
    Step,
    (typeof sums)[Step]
  >
}

async function statementsOf(child: ChildProcess): Promise<Statements> {
  const answer = once(child, 'message')
  child.send('statements')
  return (await answer)[0] as Statements
}

function report(figures: readonly OidcFigures[]): void {
  const [bare] = figures
  const rows = figures.flatMap(({ name, rate, cpu, statements }) =>
    STEPS.map((step) => ({
      provider: name,
      step,
      'per second': Math.round(rate[step]),
      'of the bare one': (rate[step] / (bare?.rate[step] ?? Number.NaN)).toFixed(2),
      'CPU µs': Math.round(cpu[step]),
      statements: statements ? statements[step].count.toFixed(1) : '–',
      'in the database': statements
        ? `${Math.round((100 * statements[step].time) / statements[step].total)} %`
        : '–',
    })),
  )
  console.table(rows)
}
