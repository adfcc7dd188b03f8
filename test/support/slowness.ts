/**
 * How many times slower than a quiet machine this work is at the moment, at least 1; time limits scale with it.
 * @param usual its maximum on a quiet machine, in ms
 */
export async function slowness(usual: number, work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return Math.max(1, (performance.now() - begin) / usual)
}
