import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge, median, tell } from './figures.ts'
import { signIn } from './people.ts'
import { CONNECTIONS, type Sample, startServer, type Turn, takeTurns } from './turns.ts'
import type { PageKind, Variant } from './variants.ts'
import { requireWrk } from './wrk.ts'

interface Contender {
  readonly name: string
  readonly variant: Variant
  readonly people: number
}

interface Result extends Contender {
  readonly kind: PageKind
  readonly samples: Sample[]
}

/** Without even the headers that keep a user's page out of shared caches. */
const LIMIT = 'nothing (the limit)'
/** The same response as Latchkey's, from the same page. */
const SAME_ANSWER = 'nothing, but says that it is private'
const JOSE = 'jose on every request'
const LATCHKEY = 'Latchkey'
const MANY = 'Latchkey, 10,000 people in rotation'
/** With thousands of users, a page also waits for its own memory and database. */
const SAME_FOR_MANY = 'the same, 10,000 people in rotation'

const ESSENTIAL: readonly Contender[] = [
  { name: LIMIT, variant: 'nothing', people: 1 },
  { name: SAME_ANSWER, variant: 'headers by hand', people: 1 },
  { name: SAME_FOR_MANY, variant: 'headers by hand', people: 10_000 },
  { name: LATCHKEY, variant: 'Latchkey', people: 1 },
  { name: MANY, variant: 'Latchkey', people: 10_000 },
  { name: JOSE, variant: 'jose on every request', people: 1 },
]

const CONTENDERS: Record<PageKind, readonly Contender[]> = {
  bare: [
    ...ESSENTIAL,
    { name: 'an empty async middleware', variant: 'empty async middleware', people: 1 },
    { name: 'Latchkey and loginRequired()', variant: 'Latchkey and a guard', people: 1 },
    { name: 'hono/jwt', variant: 'hono/jwt', people: 1 },
  ],
  notes: ESSENTIAL,
  express: ESSENTIAL,
}

const GENERATIONS = Number(process.env.BENCH_GENERATIONS ?? 8)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const WARM_UP = 8
const SECONDS = 1

/**
 * Measures the contenders of each page side by side, each on its own server, in turns of a second in shuffled order. It
 * then repeats everything with fresh servers, since two processes of one program differ by more than the effect.
 */
export async function compareHotPath(kinds: readonly PageKind[]): Promise<void> {
  requireWrk()
  console.log(
    `\nPages (${kinds.join(', ')}): ${GENERATIONS} generations of servers, ${ROUNDS} rounds of ${SECONDS} s for each, ` +
      `${CONNECTIONS} connections. Load average: ${loadavg()[0]?.toFixed(1)}`,
  )
  const results = kinds.flatMap((kind) =>
    CONTENDERS[kind].map((contender): Result => ({ ...contender, kind, samples: [] })),
  )
  for (let generation = 0; generation < GENERATIONS; generation++) await measureGeneration(results)
  for (const kind of kinds) {
    report(
      kind,
      results.filter((one) => one.kind === kind),
    )
  }
}

async function measureGeneration(results: readonly Result[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const running = await Promise.all(results.map((result) => start(result, folder)))
  try {
    await takeTurns(running, { rounds: ROUNDS, warmUp: WARM_UP, seconds: SECONDS })
  } finally {
    for (const { child } of running) child.kill()
    rmSync(folder, { recursive: true })
  }
}

async function start({ variant, kind, people, name, samples }: Result, folder: string): Promise<Turn> {
  // hono/jwt rejects explicitly typed tokens.
  const { jwk, cookies } = await signIn(people, variant === 'hono/jwt' ? 'JWT' : 'at+jwt')
  const cookieFile = join(folder, `${kind} ${name}`.replace(/\W+/g, '-'))
  writeFileSync(cookieFile, cookies.join('\n'))
  const program = new URL('page-server.ts', import.meta.url)
  const { child, port } = await startServer(program, [variant, kind, JSON.stringify(jwk), String(people)])
  return { child, url: `http://127.0.0.1:${port}/notes`, cookieFile, samples }
}

/** Ratios are medians of the ratios within a round, since the speed of the machine changes every second. */
function report(kind: PageKind, results: readonly Result[]): void {
  const samplesOf = (name: string) => results.find((one) => one.name === name)?.samples ?? []
  const ofRate = (name: string, limit: string) => ratio(samplesOf(name), samplesOf(limit), byRate)
  const ofCpu = (name: string, limit: string) => ratio(samplesOf(name), samplesOf(limit), byCpu)
  console.log(`\nThe page "${kind}"`)
  console.table(
    results.map(({ name, samples }) => ({
      authentication: name,
      'requests/s': Math.round(median(samples.map(({ rate }) => rate))),
      'p99 ms': median(samples.map(({ p99 }) => p99)).toFixed(1),
      'CPU µs/request': median(samples.map(({ cpu }) => cpu)).toFixed(1),
      'of the limit': ofRate(name, LIMIT).toFixed(2),
      'of the limit, by CPU': ofCpu(name, LIMIT).toFixed(2),
      'of the same answer': ofRate(name, sameAnswerOf(name)).toFixed(2),
      'of the same answer, by CPU': ofCpu(name, sameAnswerOf(name)).toFixed(2),
    })),
  )
  const better = (name: string, limit: string) => Math.max(ofRate(name, limit), ofCpu(name, limit))
  if (kind === 'notes') {
    judge('of the same answer, by the better of both figures', better(LATCHKEY, SAME_ANSWER), 0.97)
    judge('of the same answer with 10,000 users in rotation', better(MANY, SAME_FOR_MANY), 0.9)
    judge('times the speed of jose on every request', better(LATCHKEY, JOSE), 4)
  } else if (kind === 'express') {
    judge('of the limit in Express, by the better of both figures', better(LATCHKEY, LIMIT), 0.88)
    judge('times the speed of jose on every request', better(LATCHKEY, JOSE), 4)
  } else {
    // No promise covers a page that costs nothing: any middleware looks expensive beside it.
    tell('of the same answer, by the better of both figures', better(LATCHKEY, SAME_ANSWER))
    tell('times the speed of jose on every request', better(LATCHKEY, JOSE))
  }
}

const sameAnswerOf = (name: string) => (name === MANY ? SAME_FOR_MANY : SAME_ANSWER)

const byRate = (sample: Sample, limit: Sample) => sample.rate / limit.rate
const byCpu = (sample: Sample, limit: Sample) => limit.cpu / sample.cpu

const ratio = (
  samples: readonly Sample[],
  limit: readonly Sample[],
  by: (sample: Sample, limit: Sample) => number,
): number => median(samples.map((sample, round) => by(sample, limit[round] as Sample)))
