import type { Log } from '../logging/logger.ts'

/** Has what is over deleted, and what is due done, over and over. */
export interface Sweeping {
  /** Sweeps a few seconds from now, too: a service that is started anew every half hour would never do it else. */
  soon(): void
  /** Ends it, once a run under way is over. */
  close(): Promise<void>
}

/** Between two runs, in ms. */
const INTERVAL = 3_600_000
/** Until the first, in ms: what is asked of a new process comes before; and services that start together don't sweep so. */
const [EARLIEST, LATEST] = [5_000, 15_000]

/** Runs it every hour, one run after the other, and keeps no process alive for that. Says so in the log where it fails. */
export function createSweeping(sweep: () => Promise<unknown>, log: Pick<Log, 'warn'>): Sweeping {
  let last: Promise<unknown> = Promise.resolve()
  let first: NodeJS.Timeout | undefined

  function run(): void {
    last = last
      .then(sweep)
      .catch((error) =>
        log.warn({ event: 'cleanup_failed', err: error }, 'cleanup failed; retrying in an hour'),
      )
  }

  const interval = setInterval(run, INTERVAL).unref()
  return {
    soon() {
      first ??= setTimeout(run, EARLIEST + Math.random() * (LATEST - EARLIEST)).unref()
    },
    async close() {
      clearTimeout(first)
      clearInterval(interval)
      await last
    },
  }
}
