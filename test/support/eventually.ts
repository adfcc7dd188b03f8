import { vi } from 'vitest'

/**
 * Asks again and again until the condition no longer throws, and returns what it gives. Patient, since the machine may
 * be busy with something else: how quick things are is what benchmarks tell, and those fault tests that promise it.
 * @param interval between two tries, in ms
 * @throws what the condition threw last, after half a minute
 */
export const eventually = <Value>(
  condition: () => Value | Promise<Value>,
  { interval = 50 }: { interval?: number } = {},
): Promise<Value> => vi.waitFor(condition, { timeout: 30_000, interval })
