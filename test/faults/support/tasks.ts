/** The child's side of child.ts. */
import { flushCompileCache } from 'node:module'

export interface Ready {
  readonly port: number
}

export interface Question {
  readonly id: number
  readonly task: string
  readonly given: readonly unknown[]
}

export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** The time, which the parent process moves. */
export interface Clock {
  /** In ms. */
  readonly now: () => number
  /** In seconds, backwards if negative. */
  advance(seconds: number): void
}

export function createClock(offset = 0): Clock {
  let lead = offset * 1000
  return {
    now: () => Date.now() + lead,
    advance(seconds) {
      lead += seconds * 1000
    },
  }
}

/** The options from the parent. */
export const givenOptions = <Options>(): Options => JSON.parse(process.argv[2] ?? '{}')

/** Runs the parent's tasks once it knows the port; `stop` is called at SIGTERM. */
export function serveTasks(
  { port }: Ready,
  tasks: Readonly<Record<string, (...given: never[]) => unknown>>,
  stop: () => Promise<void>,
): void {
  process.on('message', async ({ id, task, given }: Question) => {
    try {
      const value = await tasks[task]?.(...(given as never[]))
      process.send?.({ id, value } satisfies Answer)
    } catch (error) {
      process.send?.({ id, error: String(error) } satisfies Answer)
    }
  })
  // No child outlives its test.
  const abandon = () => process.exit()
  process.on('disconnect', abandon)
  process.once('SIGTERM', async () => {
    await stop()
    process.off('disconnect', abandon).disconnect()
  })
  // Now, since many are killed before an orderly end.
  flushCompileCache()
  process.send?.({ port } satisfies Ready)
}
