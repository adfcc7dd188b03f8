import type { App } from './app.ts'

/** What an ordinary request takes at most on a quiet machine, in ms, when all apps are asked at once. */
const USUAL = 40

/**
 * How many times as long as usual an ordinary request takes just now, at least 1: on a busy machine all that depends on
 * the clock may take as many times as long.
 */
export async function slowness(apps: readonly App[]): Promise<number> {
  const begin = performance.now()
  await Promise.all(apps.map((app) => app.ask({})))
  return Math.max(1, (performance.now() - begin) / USUAL)
}
