import { expect, it } from 'vitest'
import { createSingleFlight } from '../../../../auth-service/src/platform/process/single-flight.ts'

it('runs once at a time, and once more if it was woken in the meantime, however often', async () => {
  const runs: PromiseWithResolvers<void>[] = []
  const flight = createSingleFlight(() => {
    const run = Promise.withResolvers<void>()
    runs.push(run)
    return run.promise
  })
  flight.wake()
  flight.wake()
  flight.wake()
  expect(runs).toHaveLength(1)
  runs[0]?.resolve()
  await expect.poll(() => runs.length).toBe(2)
  runs[1]?.resolve()
  await flight.landed()
  expect(runs).toHaveLength(2)
  flight.wake()
  expect(runs).toHaveLength(3)
})
