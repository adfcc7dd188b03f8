import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createService, readConfig, type SignedIn } from '@latchkey/auth-service'
import { send } from '../test/support/http.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { machineTime } from './machine-time.ts'
import { ISSUER } from './people.ts'
import type { Order, Report } from './watching-app.ts'

const APPS = 200
const ROUNDS = 100
/** The limit for the last app's rejection in 99 of 100 rounds, in ms. */
const MOST = 1_000
/** Memory of an app's process with a margin, in bytes. */
const PROCESS = 60 * 1024 * 1024
/** Apps that start and connect at the same time. */
const BATCH = 8
const DEVICE = { userAgent: 'bench', address: '127.0.0.1' }

const ENV = {
  AUTH_URL: ISSUER,
  COOKIE_DOMAIN: 'bench.localhost',
  SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
  PORT: '0',
  LOG_LEVEL: 'warn',
}

/** The time from "sign out everywhere" to the rejection by the last of all connected apps. */
export async function measureSignOut(): Promise<void> {
  const room = Math.floor((0.75 * process.availableMemory()) / PROCESS)
  const count = Math.max(1, Math.min(APPS, room))
  const how = count === APPS ? 'one process each' : `in ${count} processes to save memory`
  console.log(
    `\nTime from "sign out everywhere" to the rejection by the last of ${APPS} connected apps, ${how}.`,
  )
  console.log(`${ROUNDS} rounds each; every app checks every 40 ms. This takes a few minutes.`)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const postgres = await startPostgres()
  const apps: ChildProcess[] = []
  while (apps.length < count) apps.push(...(await startApps(Math.min(BATCH, count - apps.length))))
  try {
    const sqlite = await measure(`file:${join(folder, 'auth.sqlite')}`, 1, apps)
    const others = await measure(await postgres.createDatabase(), 2, apps)
    console.table([row('one auth service, SQLite', sqlite), row('two auth services, Postgres', others)])
    const worst = Math.max(percentile(sqlite, 99), percentile(others, 99))
    const verdict = worst <= MOST ? 'met' : 'NOT met in this run'
    console.log(`${Math.round(worst)} ms in 99 of 100 sign-outs (at most ${MOST}: ${verdict})`)
  } finally {
    for (const app of apps) app.kill('SIGKILL')
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
}

async function startApps(count: number): Promise<ChildProcess[]> {
  const apps = range(0, count).map(() =>
    fork(new URL('watching-app.ts', import.meta.url), {
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'latchkey-compiled') },
      execArgv: ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'],
    }),
  )
  await Promise.all(apps.map(nextReport))
  return apps
}

function order(app: ChildProcess, what: Order): Promise<Report> {
  const answer = nextReport(app)
  app.send(what)
  return answer
}

function nextReport(app: ChildProcess): Promise<Report> {
  return new Promise((resolve, reject) => {
    const fail = (...how: unknown[]) => reject(new Error(`The process of an app ended: ${how}.`))
    app.once('exit', fail)
    app.once('message', (report) => {
      app.off('exit', fail)
      resolve(report as Report)
    })
  })
}

/** Milliseconds of every round, with the apps spread over that many auth services on one database. */
async function measure(
  databaseUrl: string,
  services: number,
  apps: readonly ChildProcess[],
): Promise<number[]> {
  const running = await Promise.all(Array.from({ length: services }, () => startService(databaseUrl)))
  // Sessions are created without passwords, and ended by HTTP requests.
  const service = await createService(readConfig({ ...ENV, DATABASE_URL: databaseUrl }))
  try {
    const urlOf = (i: number) => running[i % services]?.url as string
    let people = 0
    // A different user each round: with one user, tokens of the next round would be dated into the future.
    const signIn = async () => {
      const email = `ada-${++people}@example.com`
      const person = { email, firstName: 'Ada', lastName: 'Lovelace', password: '!' }
      const created = await service.users.create(person)
      if (!created.ok) throw new Error('The database is not empty.')
      return service.sessions.start(created.value, DEVICE)
    }
    const share = APPS / apps.length
    for (let i = 0; i < apps.length; i += BATCH) {
      const { accessToken: token } = await signIn()
      const connected = apps.slice(i, i + BATCH).map((app, j) => {
        const [first, end] = [Math.round((i + j) * share), Math.round((i + j + 1) * share)]
        return order(app, { connect: range(first, end).map(urlOf), token })
      })
      await Promise.all(connected)
    }
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      took.push(await signOut(urlOf(round), await signIn(), apps))
    }
    return took
  } finally {
    await service.close()
    for (const { child } of running) {
      child.kill()
      await once(child, 'exit')
    }
  }
}

async function startService(databaseUrl: string) {
  const main = fileURLToPath(new URL('../auth-service/dist/main.js', import.meta.url))
  const env = { ...ENV, DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const port = String(line).match(/ port (\d+)\)/)?.[1]
  return { child, url: `http://127.0.0.1:${port}` }
}

/** Milliseconds from just before the request until the last app rejected the session. */
async function signOut(
  url: string,
  { accessToken, cookies }: SignedIn,
  apps: readonly ChildProcess[],
): Promise<number> {
  await Promise.all(apps.map((app) => order(app, { watch: accessToken })))
  const sent = machineTime()
  const [, ...reports] = await Promise.all([endAll(url, cookies), ...apps.map(nextReport)])
  return Math.max(...reports.map((report) => (report as { refusedAt: number }).refusedAt)) - sent
}

async function endAll(url: string, cookies: readonly string[]): Promise<void> {
  const { status } = await send(`${url}/account/sessions/end-all`, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      cookie: cookies.map((line) => line.split(';', 1)[0]).join('; '),
    },
    body: '{}',
  })
  if (status !== 204) throw new Error(`Signing out everywhere returned ${status}.`)
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] as number

const row = (name: string, took: readonly number[]) => ({
  'auth service': name,
  'p50 ms': Math.round(percentile(took, 50)),
  'p99 ms': Math.round(percentile(took, 99)),
  'max ms': Math.round(percentile(took, 100)),
})
