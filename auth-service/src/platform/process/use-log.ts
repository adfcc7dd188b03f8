import type { Log } from '../logging/logger.ts'
import { createSingleFlight } from './single-flight.ts'

/** Records when something was used last, beside the requests that use it. */
export interface UseLog<Use> {
  /** Notes a use. Of several within a minute, the first is stored, at once. */
  note(id: number, use: Use): void
  /** Resolves once everything noted is stored. */
  close(): Promise<void>
}

/** How often the use of one thing is stored at most, in ms. */
const PERIOD = 60_000

export interface UseLogOptions<Use> {
  readonly write: (uses: ReadonlyMap<number, Use>) => Promise<void>
  readonly log: Log
  /** In ms. */
  readonly now: () => number
}

/** A use that can't be stored, since the database does not respond, is lost. */
export function createUseLog<Use>({ write, log, now }: UseLogOptions<Use>): UseLog<Use> {
  const storedAt = new Map<number, number>()
  let waiting = new Map<number, Use>()

  const flight = createSingleFlight(async () => {
    if (waiting.size === 0) return
    const uses = waiting
    waiting = new Map()
    for (const [id, at] of storedAt) {
      if (now() - at < PERIOD) break
      storedAt.delete(id)
    }
    try {
      await write(uses)
    } catch (error) {
      log.warn({ event: 'outage', err: error }, 'could not store when a credential was used last')
    }
  })

  return {
    note(id, use) {
      if (now() - (storedAt.get(id) ?? Number.NEGATIVE_INFINITY) < PERIOD) return
      storedAt.delete(id)
      storedAt.set(id, now())
      waiting.set(id, use)
      flight.wake()
    },
    close: flight.landed,
  }
}
