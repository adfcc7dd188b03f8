import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge, median } from '../figures.ts'
import { CONNECTIONS, type Sample, startServer, type Turn, takeTurns } from '../turns.ts'
import { requireWrk } from '../wrk.ts'
import { PATH } from './contender.ts'
import { contendersOf, GROUPS, type Group, LATCHKEY, NOTHING, SAME_ANSWER } from './contenders.ts'

export interface FrameworksOptions {
  /** Names of {@link GROUPS}; default: all. */
  readonly frameworks?: readonly string[]
  /** How often to start the servers again, since two processes of one program differ. */
  readonly generations?: number
  readonly rounds?: number
  /** Whole seconds of load on each server before the first round. */
  readonly warmUp?: number
}

/** How much of the speed of the same answer an adapter must have. */
const LEAST = 0.9
const GENERATIONS = Number(process.env.BENCH_GENERATIONS ?? 4)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 4)
const WANTED = process.env.BENCH_FRAMEWORKS?.split(',')
const VISITORS = 10
const SECONDS = 1

type Samples = Map<string, Sample[]>

/**
 * Measures the page of each framework without authentication, with Latchkey, and with what its users use today: each on
 * a server of its own, in turns of a second.
 */
export async function measureFrameworks(options: FrameworksOptions = {}): Promise<void> {
  const { frameworks = WANTED ?? Object.keys(GROUPS), warmUp = 5 } = options
  const { generations = GENERATIONS, rounds = ROUNDS } = options
  for (const name of frameworks) groupOf(name)
  requireWrk()
  console.log(
    `\nFrameworks: ${generations} generations of servers, ${rounds} rounds of ${SECONDS} s for each, ` +
      `${CONNECTIONS} connections, ${VISITORS} visitors. Load average: ${loadavg()[0]?.toFixed(1)}`,
  )
  for (const name of frameworks) {
    const group = groupOf(name)
    const samples: Samples = new Map([...contendersOf(group).keys()].map((contender) => [contender, []]))
    for (let generation = 0; generation < generations; generation++) {
      await measureGeneration(name, samples, { rounds, warmUp, seconds: SECONDS })
    }
    report(name, group, samples)
  }
}

function groupOf(name: string): Group {
  const group = GROUPS[name]
  if (!group) throw new Error(`Unknown framework "${name}". Choose from: ${Object.keys(GROUPS).join(', ')}`)
  return group
}

async function measureGeneration(
  framework: string,
  samples: Samples,
  options: Parameters<typeof takeTurns>[1],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const turns: Turn[] = []
  try {
    for (const [name, of] of samples) {
      const turn = await start(framework, name, join(folder, String(turns.length)))
      turns.push({ ...turn, samples: of })
    }
    await takeTurns(turns, options)
  } finally {
    for (const { child } of turns) child.kill()
    rmSync(folder, { recursive: true })
  }
}

interface Started {
  readonly port: number
  readonly cookies: readonly string[]
}

async function start(framework: string, name: string, cookieFile: string): Promise<Omit<Turn, 'samples'>> {
  const program = new URL('contender-server.ts', import.meta.url)
  const { child, port, cookies } = await startServer<Started>(program, [framework, name, String(VISITORS)])
  writeFileSync(cookieFile, cookies.join('\n'))
  return { child, url: `http://127.0.0.1:${port}${PATH}`, cookieFile }
}

/** Ratios are medians of the ratios within a round, since the speed of the machine changes every second. */
function report(framework: string, { peers }: Group, samples: Samples): void {
  const of = (name: string) => samples.get(name) ?? []
  const byCpu = (name: string, other: string) =>
    median(of(name).map(({ cpu }, round) => (of(other)[round] as Sample).cpu / cpu))
  const byRate = (name: string, other: string) =>
    median(of(name).map(({ rate }, round) => rate / (of(other)[round] as Sample).rate))
  console.log(`\n${framework}`)
  console.table(
    [...samples].map(([name, ofIt]) => ({
      'what the page does about the session': name,
      'CPU µs/request': median(ofIt.map(({ cpu }) => cpu)).toFixed(1),
      'requests/s': Math.round(median(ofIt.map(({ rate }) => rate))),
      'of nothing, by CPU': byCpu(name, NOTHING).toFixed(2),
      'of the same answer, by CPU': byCpu(name, SAME_ANSWER).toFixed(2),
      'by requests': byRate(name, SAME_ANSWER).toFixed(2),
      'Latchkey leads, by CPU': name in peers ? byCpu(LATCHKEY, name).toFixed(1) : '',
      'and by requests': name in peers ? byRate(LATCHKEY, name).toFixed(1) : '',
    })),
  )
  judge(`of the same answer on ${framework}, by CPU`, byCpu(LATCHKEY, SAME_ANSWER), LEAST)
  for (const [name, { lead }] of Object.entries(peers)) {
    if (lead === undefined) continue
    judge(`times the speed of ${name} on ${framework}, by CPU`, byCpu(LATCHKEY, name), lead)
  }
}
