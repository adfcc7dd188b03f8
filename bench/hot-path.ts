import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import autocannon from 'autocannon'
import type { PageKind, Variant } from './page-server.ts'
import { signIn } from './people.ts'

interface Contender {
  readonly name: string
  readonly variant: Variant
  readonly people: number
}

interface Sample {
  readonly rate: number
  readonly p99: number
  /** Server CPU time per request, in µs. */
  readonly cpu: number
}

const CONTENDERS: readonly Contender[] = [
  { name: 'nothing (the limit)', variant: 'nothing', people: 1 },
  { name: 'an empty async middleware', variant: 'empty async middleware', people: 1 },
  { name: 'Latchkey', variant: 'Latchkey', people: 1 },
  { name: 'Latchkey, 10,000 people in rotation', variant: 'Latchkey', people: 10_000 },
  { name: 'jose on every request', variant: 'jose on every request', people: 1 },
  { name: 'hono/jwt', variant: 'hono/jwt', people: 1 },
]

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9)
const SECONDS = 1
const CONNECTIONS = 32

/** One page, all contenders at once, each on a server of its own, a second at a time in shuffled order. */
export async function compareHotPath(kind: PageKind): Promise<void> {
  // hono/jwt refuses explicitly typed tokens.
  const [typed, untyped] = await Promise.all([signIn(10_000), signIn(1, 'JWT')])
  const familyOf = (variant: Variant) => (variant === 'hono/jwt' ? untyped : typed)
  const servers = await Promise.all(
    CONTENDERS.map(({ variant }) => startServer(variant, kind, familyOf(variant).jwk)),
  )
  pinThisProcess()
  const contenders = CONTENDERS.map((contender, i) => ({
    ...contender,
    server: servers[i] as Server,
    cookies: familyOf(contender.variant).cookies.slice(0, contender.people),
    samples: [] as Sample[],
  }))
  console.log(
    `\nA page of the kind "${kind}": ${ROUNDS} rounds of ${SECONDS} s each, ${CONNECTIONS} connections`,
  )
  for (const { server, cookies } of contenders) await warmUp(server, cookies)
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of shuffled(contenders)) {
      contender.samples.push(await measure(contender.server, contender.cookies))
    }
    process.stdout.write('.')
  }
  console.log()
  report(contenders)
  for (const { server } of contenders) server.child.kill()
}

interface Server {
  readonly child: ChildProcess
  readonly url: string
}

async function startServer(variant: Variant, kind: PageKind, jwk: object): Promise<Server> {
  const script = new URL('page-server.ts', import.meta.url)
  const child = fork(script, [variant, kind, JSON.stringify(jwk)])
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  pin(child.pid, 0)
  return { child, url: `http://127.0.0.1:${port}/notes` }
}

/** Servers on one core, load on another, where the system can say so. */
const pin = (pid: number | undefined, core: number) =>
  spawnSync('taskset', ['-acp', String(core), String(pid)])
const pinThisProcess = () => pin(process.pid, 1)

/** Everybody's first request, the slow one, so that none of them falls into a measured second. */
async function warmUp({ url }: Server, cookies: readonly string[]): Promise<void> {
  const queue = cookies.values()
  const worker = async () => {
    for (const cookie of queue) {
      const response = await fetch(url, { headers: { cookie } })
      if (response.status !== 200) throw new Error(`The page answered ${response.status}.`)
      await response.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  await load(url, cookies)
}

/** Each request brings the next person's cookie; the generator works alike for one person and for many. */
async function load(url: string, cookies: readonly string[]) {
  let next = 0
  const setupRequest = (request: autocannon.Request) => {
    request.headers = { cookie: cookies[next++ % cookies.length] as string }
    return request
  }
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: [{ setupRequest }],
  })
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed.`)
  return result
}

async function measure({ child, url }: Server, cookies: readonly string[]): Promise<Sample> {
  const before = await cpuOf(child)
  const { requests, duration, latency } = await load(url, cookies)
  const after = await cpuOf(child)
  const cpu = (after.user + after.system - before.user - before.system) / requests.total
  return { rate: requests.total / duration, p99: latency.p99, cpu }
}

async function cpuOf(child: ChildProcess): Promise<NodeJS.CpuUsage> {
  const answer = once(child, 'message')
  child.send('cpu')
  return (await answer)[0] as NodeJS.CpuUsage
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number
const shuffled = <Value>(values: readonly Value[]) =>
  values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)

/** Ratios are medians of the ratios within a round, since the machine is another one every second. */
function report(contenders: readonly (Contender & { samples: readonly Sample[] })[]): void {
  const limit = contenders[0]?.samples ?? []
  const ratio = (samples: readonly Sample[], of: (sample: Sample, limit: Sample) => number) =>
    median(samples.map((sample, round) => of(sample, limit[round] as Sample))).toFixed(2)
  console.table(
    contenders.map(({ name, samples }) => ({
      'what the page does about the session': name,
      'requests/s': Math.round(median(samples.map(({ rate }) => rate))),
      'p99 ms': median(samples.map(({ p99 }) => p99)),
      'of the limit': ratio(samples, (sample, limit) => sample.rate / limit.rate),
      'CPU µs/request': median(samples.map(({ cpu }) => cpu)).toFixed(1),
      'of the limit, by CPU': ratio(samples, (sample, limit) => limit.cpu / sample.cpu),
    })),
  )
  const of = (name: string) => contenders.find((contender) => contender.name === name)?.samples ?? []
  const jose = of('jose on every request')
  const times = of('Latchkey').map(({ cpu }, round) => (jose[round] as Sample).cpu / cpu)
  console.log(`jose on every request costs ${median(times).toFixed(1)} times the CPU time of Latchkey.`)
}
