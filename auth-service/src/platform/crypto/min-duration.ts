import { setTimeout as pause } from 'node:timers/promises'

/** How long work takes at least that must not tell what it found, in ms: more than a busy database needs for it. */
const LEAST = 100

/**
 * Does the work, and answers no sooner than a timer that was set before it began: how much there was to do, such as a
 * mail for an address that somebody has, is not to be read off the time.
 */
export async function evenly<Value>(work: () => Promise<Value>): Promise<Value> {
  const [value] = await Promise.all([work(), pause(LEAST)])
  return value
}
