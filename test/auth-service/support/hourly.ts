import { vi } from 'vitest'

const HOUR = 3_600_000

/**
 * Replaces `setInterval()`: what runs every hour does so when the returned function is called. An hour of fake timers
 * would also run thousands of polls, each with its queries.
 */
export function holdHourlyRuns(): () => void {
  const runs: (() => void)[] = []
  vi.spyOn(globalThis, 'setInterval').mockImplementation((run: () => void, interval) => {
    if (interval === HOUR) runs.push(run)
    return setTimeout(() => {}, 0)
  })
  return () => {
    for (const run of runs) run()
  }
}
