import { setTimeout } from 'node:timers/promises'

/** How often to try, and the longest pause before the second attempt, in ms; it doubles each time. */
const ATTEMPTS = 12
const FIRST_PAUSE = 2
const LONGEST_PAUSE = 100

/**
 * Repeats a single statement that lost a race (SQLSTATE 40001 and 40P01) and changed nothing. That happens if the
 * default isolation of a database or role is REPEATABLE READ or SERIALIZABLE.
 */
export async function retryLostRaces<Value>(run: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === ATTEMPTS || !isLostRace(error)) throw error
    }
    await setTimeout(Math.random() * Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE))
  }
}

const isLostRace = (error: unknown): boolean => {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } }
  return [code, cause?.code].some((state) => state === '40001' || state === '40P01')
}
