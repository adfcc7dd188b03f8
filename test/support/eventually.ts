import { vi } from 'vitest'

/**
 * Repeats the condition until it no longer throws, and returns its result. The time-out is generous for busy machines;
 * benchmarks and some fault tests check speed.
 * @param interval between two attempts, in ms
 * @throws the condition's last error, after half a minute
 */
export const eventually = <Value>(
  condition: () => Value | Promise<Value>,
  { interval = 50 }: { interval?: number } = {},
): Promise<Value> => vi.waitFor(condition, { timeout: 30_000, interval })
