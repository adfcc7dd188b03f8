import { vi } from 'vitest'

/**
 * Repeats the condition until it no longer throws, and returns its result. The time-out is generous for busy machines;
 * benchmarks and some fault tests check speed.
 * @param interval between two attempts, in ms
 * @param timeout in ms; half a minute by default
 * @throws the condition's last error, after that time
 */
export const eventually = <Value>(
  condition: () => Value | Promise<Value>,
  { interval = 50, timeout = 30_000 }: { interval?: number; timeout?: number } = {},
): Promise<Value> => vi.waitFor(condition, { timeout, interval })
