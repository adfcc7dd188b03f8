import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createSweeping } from '../../../../auth-service/src/platform/process/cleanup.ts'

const HOUR = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const log = () => ({ warn: vi.fn() })

it('cleans up every hour', async () => {
  const sweep = vi.fn(async () => {})
  const sweeping = createSweeping([sweep], log())
  await vi.advanceTimersByTimeAsync(HOUR - 1)
  expect(sweep).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(HOUR + 1)
  expect(sweep).toHaveBeenCalledTimes(2)
  await sweeping.close()
  expect(vi.getTimerCount()).toBe(0)
})

it.each([
  [0, 5_000],
  [0.5, 10_000],
])('cleans up once soon after the start, at a random time (%d)', async (random, delay) => {
  vi.spyOn(Math, 'random').mockReturnValue(random)
  const sweep = vi.fn(async () => {})
  const sweeping = createSweeping([sweep], log())
  sweeping.soon()
  sweeping.soon()
  await vi.advanceTimersByTimeAsync(delay - 1)
  expect(sweep).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(sweep).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(HOUR - delay)
  expect(sweep).toHaveBeenCalledTimes(2)
  await sweeping.close()
})

it('never cleans up when closed before the first run', async () => {
  const sweep = vi.fn(async () => {})
  const sweeping = createSweeping([sweep], log())
  sweeping.soon()
  await sweeping.close()
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(sweep).not.toHaveBeenCalled()
})

it('waits for a running clean-up when closed', async () => {
  const run = Promise.withResolvers<void>()
  const sweeping = createSweeping([() => run.promise], log())
  await vi.advanceTimersByTimeAsync(HOUR)
  const closed = vi.fn()
  const closing = sweeping.close().then(closed)
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(closed).not.toHaveBeenCalled()
  run.resolve()
  await closing
})

it('starts no run before the previous one has finished', async () => {
  const run = Promise.withResolvers<void>()
  const sweep = vi.fn(() => run.promise)
  const sweeping = createSweeping([sweep], log())
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(sweep).toHaveBeenCalledTimes(1)
  run.resolve()
  await sweeping.close()
  expect(sweep).toHaveBeenCalledTimes(2)
})

it('runs its tasks one after the other', async () => {
  const first = Promise.withResolvers<void>()
  const second = vi.fn(async () => {})
  const sweeping = createSweeping([() => first.promise, second], log())
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(second).not.toHaveBeenCalled()
  first.resolve()
  await sweeping.close()
  expect(second).toHaveBeenCalledTimes(1)
})

it('logs a failure, and tries again', async () => {
  const error = new Error('The database is away.')
  const [sweep, { warn }] = [vi.fn(() => Promise.reject(error)), log()]
  const sweeping = createSweeping([sweep], { warn })
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(warn.mock.calls).toEqual(
    Array(2).fill([{ event: 'cleanup_failed', err: error }, expect.stringContaining('cleanup failed')]),
  )
  await sweeping.close()
})
