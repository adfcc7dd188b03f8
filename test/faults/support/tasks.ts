/** The child's side of child.ts. */

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

/** The time of day, which its process's parent moves. */
export interface Clock {
  /** In ms. */
  readonly now: () => number
  /** By seconds, backwards where they are negative. */
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

/** What the parent started us with. */
export const givenOptions = <Options>(): Options => JSON.parse(process.argv[2] ?? '{}')

/** Does what the parent asks, from the moment it is told the port; `stop` is called at SIGTERM. */
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
  // Nobody outlives the test that started it.
  const abandon = () => process.exit()
  process.on('disconnect', abandon)
  process.once('SIGTERM', async () => {
    await stop()
    process.off('disconnect', abandon).disconnect()
  })
  process.send?.({ port } satisfies Ready)
}
