import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge, median, tell } from './figures.ts'
import type { PageKind, Variant } from './page-server.ts'
import { signIn } from './people.ts'
import { joinLoad, load, requireWrk } from './wrk.ts'

interface Contender {
  readonly name: string
  readonly variant: Variant
  readonly people: number
}

interface Sample {
  /** Requests per second. */
  readonly rate: number
  /** In ms. */
  readonly p99: number
  /** The server's CPU time per request, in µs. */
  readonly cpu: number
}

interface Result extends Contender {
  readonly samples: Sample[]
}

interface Running extends Result {
  readonly child: ChildProcess
  readonly url: string
  readonly cookieFile: string
}

/** Without even the headers that keep a page about a person out of shared caches. */
const LIMIT = 'nothing (the limit)'
/** The same answer as Latchkey's, from the same page. */
const SAME_ANSWER = 'nothing, but says that it is private'

const CONTENDERS: readonly Contender[] = [
  { name: LIMIT, variant: 'nothing', people: 1 },
  { name: SAME_ANSWER, variant: 'headers by hand', people: 1 },
  { name: 'an empty async middleware', variant: 'empty async middleware', people: 1 },
  { name: 'Latchkey', variant: 'Latchkey', people: 1 },
  { name: 'Latchkey and loginRequired()', variant: 'Latchkey and a guard', people: 1 },
  { name: 'Latchkey, 10,000 people in rotation', variant: 'Latchkey', people: 10_000 },
  { name: 'jose on every request', variant: 'jose on every request', people: 1 },
  { name: 'hono/jwt', variant: 'hono/jwt', people: 1 },
]

const GENERATIONS = Number(process.env.BENCH_GENERATIONS ?? 8)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const WARM_UP = 8
const SECONDS = 1
const CONNECTIONS = 32

/**
 * One page, all contenders side by side, each on a server of its own, a second at a time in shuffled order; and all
 * of it again with fresh servers, since two processes of one program differ by more than what is measured.
 */
export async function compareHotPath(kind: PageKind): Promise<void> {
  requireWrk()
  console.log(
    `\nThe page "${kind}": ${GENERATIONS} generations of servers, ${ROUNDS} rounds of ${SECONDS} s for each, ` +
      `${CONNECTIONS} connections`,
  )
  const results: readonly Result[] = CONTENDERS.map((contender) => ({ ...contender, samples: [] }))
  for (let generation = 0; generation < GENERATIONS; generation++) await measureGeneration(kind, results)
  report(kind, results)
}

async function measureGeneration(kind: PageKind, results: readonly Result[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const running = await Promise.all(results.map((result) => start(result, kind, folder)))
  try {
    for (const one of running) await warmUp(one)
    for (let round = 0; round < ROUNDS; round++) {
      for (const one of shuffled(running)) one.samples.push(await measure(one))
      process.stdout.write('.')
    }
  } finally {
    for (const { child } of running) child.kill()
    rmSync(folder, { recursive: true })
  }
}

async function start(result: Result, kind: PageKind, folder: string): Promise<Running> {
  const { variant, people, name } = result
  // hono/jwt refuses explicitly typed tokens.
  const { jwk, cookies } = await signIn(people, variant === 'hono/jwt' ? 'JWT' : 'at+jwt')
  const cookieFile = join(folder, name.replace(/\W+/g, '-'))
  writeFileSync(cookieFile, cookies.join('\n'))
  const serves = [variant, kind, JSON.stringify(jwk), String(people)]
  const child = fork(new URL('page-server.ts', import.meta.url), serves)
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  joinLoad(child)
  return { ...result, child, cookieFile, url: `http://127.0.0.1:${port}/notes` }
}

/**
 * Everybody's first request is the slow one, and V8 goes on making the code quicker for some hundred thousand requests;
 * neither shall fall into a measured second.
 */
const warmUp = ({ url, cookieFile }: Running) => load(url, cookieFile, WARM_UP, CONNECTIONS)

async function measure({ child, url, cookieFile }: Running): Promise<Sample> {
  const before = await cpuOf(child)
  const { rate, requests, p99 } = await load(url, cookieFile, SECONDS, CONNECTIONS)
  const after = await cpuOf(child)
  return { rate, p99, cpu: (after.user + after.system - before.user - before.system) / requests }
}

async function cpuOf(child: ChildProcess): Promise<NodeJS.CpuUsage> {
  const answer = once(child, 'message')
  child.send('cpu')
  return (await answer)[0] as NodeJS.CpuUsage
}

const shuffled = <Value>(values: readonly Value[]) =>
  values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)

/** Ratios are medians of the ratios within a round, since the machine is another one every second. */
function report(kind: PageKind, results: readonly Result[]): void {
  const samplesOf = (name: string) => results.find((one) => one.name === name)?.samples ?? []
  const ofRate = (name: string, limit: string) => ratio(samplesOf(name), samplesOf(limit), byRate)
  const ofCpu = (name: string, limit: string) => ratio(samplesOf(name), samplesOf(limit), byCpu)
  console.log()
  console.table(
    results.map(({ name, samples }) => ({
      'what the page does about the session': name,
      'requests/s': Math.round(median(samples.map(({ rate }) => rate))),
      'p99 ms': median(samples.map(({ p99 }) => p99)).toFixed(1),
      'CPU µs/request': median(samples.map(({ cpu }) => cpu)).toFixed(1),
      'of the limit': ofRate(name, LIMIT).toFixed(2),
      'of the limit, by CPU': ofCpu(name, LIMIT).toFixed(2),
      'of the same answer': ofRate(name, SAME_ANSWER).toFixed(2),
      'of the same answer, by CPU': ofCpu(name, SAME_ANSWER).toFixed(2),
    })),
  )
  const better = (name: string, limit: string) => Math.max(ofRate(name, limit), ofCpu(name, limit))
  const [one, many] = ['Latchkey', 'Latchkey, 10,000 people in rotation']
  // The promises are about a page of a real app; on a bare one any middleware looks dear.
  const say = kind === 'notes' ? judge : tell
  say('of the limit, by the better of both figures', better(one, LIMIT), 0.9)
  tell('of a page that gives the same answer, likewise', better(one, SAME_ANSWER))
  say('of the limit with 10,000 people in rotation', better(many, LIMIT), 0.75)
  say('times the speed of jose on every request', better(one, 'jose on every request'), 5)
}

const byRate = (sample: Sample, limit: Sample) => sample.rate / limit.rate
const byCpu = (sample: Sample, limit: Sample) => limit.cpu / sample.cpu

const ratio = (
  samples: readonly Sample[],
  limit: readonly Sample[],
  by: (sample: Sample, limit: Sample) => number,
): number => median(samples.map((sample, round) => by(sample, limit[round] as Sample)))
