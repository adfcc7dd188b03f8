import type { Log } from '../logging/logger.ts'

/** What is cleaned up, in this order: one run does it all, and ends at the first failure. */
const ORDER = [
  'sessions',
  'accounts',
  'oneTimeTokens',
  'formAnswers',
  'unconfirmedAccounts',
  'apiTokens',
  'deviceRequests',
  'appSecrets',
  'oidcRecords',
  'oidcSignIns',
  'samlRequests',
  'samlLogouts',
  'samlSignIns',
  'signingKeys',
  'revocations',
  'outbox',
  'invitations',
  'auditLog',
  'rateLimits',
] as const

type Task = () => Promise<unknown>

/** All tasks, by what they clean up. */
export type AllCleanupTasks = Readonly<Record<(typeof ORDER)[number], Task>>

/** Those of one module. */
export type CleanupTasks = Partial<AllCleanupTasks>

/** The tasks of all modules, in the order of a run. */
export const inOrder = (tasks: AllCleanupTasks): Task[] => ORDER.map((name) => tasks[name])

/** Repeatedly deletes expired data and does due work. */
export interface Cleanup {
  /** Also runs in a few seconds: otherwise a service that restarts every half hour would never do it. */
  soon(): void
  /** Stops it after the current run. */
  close(): Promise<void>
}

/** Between two runs, in ms. */
const INTERVAL = 3_600_000
/**
 * Until the first run, in ms: a new process serves requests first, and services that start together run at different
 * times.
 */
const [EARLIEST, LATEST] = [5_000, 15_000]

/**
 * Runs the tasks every hour, one after the other, and one run after the other, without keeping the process alive. Logs
 * failures, which end the run.
 */
export function createCleanup(tasks: readonly Task[], log: Pick<Log, 'warn'>): Cleanup {
  let last: Promise<unknown> = Promise.resolve()
  let first: NodeJS.Timeout | undefined

  async function runAll(): Promise<void> {
    for (const task of tasks) await task()
  }

  function run(): void {
    last = last
      .then(runAll)
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
