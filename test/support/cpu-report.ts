import { appendFileSync, readFileSync } from 'node:fs'
import { afterAll, expect } from 'vitest'

/** Clock ticks per second in /proc: 100 on all Linux machines of today. */
const TICKS = 100

interface Used {
  readonly own: number
  readonly children: number
}

/** What `scripts/test-cpu.ts` reads: CPU seconds of a test file, of its own process and of those it has waited for. */
export interface FileCost extends Used {
  readonly file: string
}

function used(): Used {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (at: number): number => Number(fields[at]) / TICKS
  return { own: seconds(11) + seconds(12), children: seconds(13) + seconds(14) }
}

/** A worker may run several files, one after another: this is what the earlier ones used. */
const earlier = globalThis as typeof globalThis & { cpuOfEarlierFiles?: Used }

// The first hook to be registered runs last.
afterAll(() => {
  const before = earlier.cpuOfEarlierFiles ?? { own: 0, children: 0 }
  const now = used()
  earlier.cpuOfEarlierFiles = now
  const cost: FileCost = {
    file: expect.getState().testPath ?? '',
    own: now.own - before.own,
    children: now.children - before.children,
  }
  appendFileSync(process.env.TEST_CPU as string, `${JSON.stringify(cost)}\n`)
})
