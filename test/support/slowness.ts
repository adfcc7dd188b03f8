/**
 * How many times as long as on a quiet machine this work takes just now, at least 1: on a busy one, all that depends on the
 * clock may take as many times as long.
 * @param usual what it takes at most on a quiet machine, in ms
 */
export async function slowness(usual: number, work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return Math.max(1, (performance.now() - begin) / usual)
}
