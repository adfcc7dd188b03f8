import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createCleanup } from '../../../../auth-service/src/platform/process/cleanup.ts'

const HOUR = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const log = () => ({ warn: vi.fn() })

it('cleans up every hour', async () => {
  const task = vi.fn(async () => {})
  const cleanup = createCleanup([task], log())
  await vi.advanceTimersByTimeAsync(HOUR - 1)
  expect(task).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(HOUR + 1)
  expect(task).toHaveBeenCalledTimes(2)
  await cleanup.close()
  expect(vi.getTimerCount()).toBe(0)
})

it.each([
  [0, 5_000],
  [0.5, 10_000],
])('cleans up once soon after the start, at a random time (%d)', async (random, delay) => {
  vi.spyOn(Math, 'random').mockReturnValue(random)
  const task = vi.fn(async () => {})
  const cleanup = createCleanup([task], log())
  cleanup.soon()
  cleanup.soon()
  await vi.advanceTimersByTimeAsync(delay - 1)
  expect(task).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(task).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(HOUR - delay)
  expect(task).toHaveBeenCalledTimes(2)
  await cleanup.close()
})

it('never cleans up when closed before the first run', async () => {
  const task = vi.fn(async () => {})
  const cleanup = createCleanup([task], log())
  cleanup.soon()
  await cleanup.close()
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(task).not.toHaveBeenCalled()
})

it('waits for a running clean-up when closed', async () => {
  const run = Promise.withResolvers<void>()
  const cleanup = createCleanup([() => run.promise], log())
  await vi.advanceTimersByTimeAsync(HOUR)
  const closed = vi.fn()
  const closing = cleanup.close().then(closed)
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(closed).not.toHaveBeenCalled()
  run.resolve()
  await closing
})

it('starts no run before the previous one has finished', async () => {
  const run = Promise.withResolvers<void>()
  const task = vi.fn(() => run.promise)
  const cleanup = createCleanup([task], log())
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(task).toHaveBeenCalledTimes(1)
  run.resolve()
  await cleanup.close()
  expect(task).toHaveBeenCalledTimes(2)
})

it('runs its tasks one after the other', async () => {
  const first = Promise.withResolvers<void>()
  const second = vi.fn(async () => {})
  const cleanup = createCleanup([() => first.promise, second], log())
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(second).not.toHaveBeenCalled()
  first.resolve()
  await cleanup.close()
  expect(second).toHaveBeenCalledTimes(1)
})

it('logs a failure, and tries again', async () => {
  const error = new Error('The database is away.')
  const [task, { warn }] = [vi.fn(() => Promise.reject(error)), log()]
  const cleanup = createCleanup([task], { warn })
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(warn.mock.calls).toEqual(
    Array(2).fill([{ event: 'cleanup_failed', err: error }, expect.stringContaining('cleanup failed')]),
  )
  await cleanup.close()
})
