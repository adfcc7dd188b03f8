import { judge, median } from './figures.ts'
import { MemorySocket } from './memory-socket.ts'
import { createPage } from './page.ts'
import { signIn } from './people.ts'
import { shuffled } from './shuffled.ts'
import type { PageKind, Variant } from './variants.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 300)
const REQUESTS = 100
const WARM_UP = 10_000
const MANY = 10_000

interface Contender {
  readonly name: string
  readonly variant: Variant
  readonly people: number
}

const LIMIT = 'nothing (the limit)'
const SAME_ANSWER = 'nothing, but says that it is private'
/** With thousands of users, a page also waits for its own memory and database. */
const SAME_FOR_MANY = 'the same, 10,000 people in rotation'
const LATCHKEY_FOR_MANY = 'Latchkey, 10,000 people in rotation'
const CONTENDERS: readonly Contender[] = [
  { name: LIMIT, variant: 'nothing', people: 1 },
  { name: SAME_ANSWER, variant: 'headers by hand', people: 1 },
  { name: SAME_FOR_MANY, variant: 'headers by hand', people: MANY },
  { name: 'Latchkey', variant: 'Latchkey', people: 1 },
  { name: 'Latchkey and loginRequired()', variant: 'Latchkey and a guard', people: 1 },
  { name: LATCHKEY_FOR_MANY, variant: 'Latchkey', people: MANY },
  { name: 'jose on every request', variant: 'jose on every request', people: 1 },
]

/**
 * The pages of `notes-page` in one process and without a kernel: some ms for each in turn. A round that another process
 * interrupts is an outlier, so that the ratios hold on a busy machine, too. They are stricter than on a socket, which
 * costs every page the same.
 */
export async function measurePageCost(): Promise<void> {
  const { jwk, cookies } = await signIn(MANY)
  const requests = cookies.map((cookie) =>
    Buffer.from(`GET /notes HTTP/1.1\r\nHost: app.bench.localhost\r\nCookie: ${cookie}\r\n\r\n`),
  )
  for (const kind of ['notes', 'express', 'bare'] as const) report(kind, await compare(kind, jwk, requests))
}

async function compare(kind: PageKind, jwk: object, requests: readonly Buffer[]) {
  const running = []
  for (const { name, variant, people } of CONTENDERS) {
    const socket = new MemorySocket()
    const server = await createPage(kind, variant, jwk, people)
    server.emit('connection', socket)
    let next = 0
    const visit = async (times: number): Promise<number> => {
      const begin = process.hrtime.bigint()
      for (let i = 0; i < times; i++) await socket.request(requests[next++ % people] as Buffer)
      return Number(process.hrtime.bigint() - begin) / times / 1000
    }
    await visit(Math.max(WARM_UP, people))
    running.push({ name, visit, samples: [] as number[] })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of shuffled(running)) one.samples.push(await one.visit(REQUESTS))
  }
  return running
}

const sameAnswerOf = (name: string) => (name === LATCHKEY_FOR_MANY ? SAME_FOR_MANY : SAME_ANSWER)

function report(kind: PageKind, results: Awaited<ReturnType<typeof compare>>): void {
  const samplesOf = (name: string) => results.find((one) => one.name === name)?.samples ?? []
  const ratio = (name: string, limit: string) =>
    median(samplesOf(name).map((time, round) => (samplesOf(limit)[round] as number) / time))
  console.log(`\nThe page "${kind}" without sockets`)
  console.table(
    results.map(({ name, samples }) => ({
      'what the page does about the session': name,
      'µs/request': median(samples).toFixed(1),
      'of the limit': ratio(name, LIMIT).toFixed(2),
      'of the same answer': ratio(name, sameAnswerOf(name)).toFixed(2),
    })),
  )
  if (kind === 'notes') {
    judge('of the same answer', ratio('Latchkey', SAME_ANSWER), 0.97)
    judge('of the same answer with 10,000 users in rotation', ratio(LATCHKEY_FOR_MANY, SAME_FOR_MANY), 0.9)
  }
  if (kind === 'express') judge('of the limit in Express', ratio('Latchkey', LIMIT), 0.88)
  judge('times the speed of jose on every request', ratio('Latchkey', 'jose on every request'), 4)
}
