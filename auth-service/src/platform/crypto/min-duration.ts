import { setTimeout as pause } from 'node:timers/promises'

/** Minimum duration of work that must not reveal its result, in ms: more than a busy database needs. */
const LEAST = 100

/**
 * Runs the work, and returns no sooner than a timer that was started first, so that its duration does not reveal the
 * work, such as an email to a known address.
 */
export async function withMinDuration<Value>(work: () => Promise<Value>): Promise<Value> {
  const [value] = await Promise.all([work(), pause(LEAST)])
  return value
}
