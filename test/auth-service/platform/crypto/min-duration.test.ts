import { afterEach, beforeEach, expect, it, vi } from 'vitest'

// It uses a timer that fake timers do not replace.
const pauses: { ms: number; end: () => void }[] = []
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise<void>((end) => pauses.push({ ms, end })),
}))
const { withMinDuration } = await import('../../../../auth-service/src/platform/crypto/min-duration.ts')

/** Its state so far. */
function watch<Value>(promise: Promise<Value>) {
  const seen: { outcome: 'waiting' | 'answered' | 'failed'; value?: Value; error?: unknown } = {
    outcome: 'waiting',
  }
  promise.then(
    (value) => Object.assign(seen, { outcome: 'answered', value }),
    (error) => Object.assign(seen, { outcome: 'failed', error }),
  )
  return seen
}
const settled = () => new Promise((done) => setImmediate(done))

beforeEach(() => void pauses.splice(0))
afterEach(() => {
  for (const { end } of pauses) end()
})

it('returns nothing before the minimum duration, however fast the work is', async () => {
  const seen = watch(withMinDuration(async () => 'nobody'))
  await settled()
  expect(seen.outcome).toBe('waiting')
  expect(pauses.map(({ ms }) => ms)).toEqual([100])
  pauses[0]?.end()
  await settled()
  expect(seen).toEqual({ outcome: 'answered', value: 'nobody' })
})

it('counts the time of the work, and adds nothing to it', async () => {
  const work = Promise.withResolvers<string>()
  const seen = watch(withMinDuration(() => work.promise))
  expect(pauses).toHaveLength(1)
  pauses[0]?.end()
  await settled()
  expect(seen.outcome).toBe('waiting')
  work.resolve('a mail')
  await settled()
  expect(seen).toEqual({ outcome: 'answered', value: 'a mail' })
  expect(pauses).toHaveLength(1)
})

it('fails at once when the work fails, since an outage reveals nothing about accounts', async () => {
  const error = new Error('The database is away.')
  const seen = watch(withMinDuration(() => Promise.reject(error)))
  await settled()
  expect(seen).toEqual({ outcome: 'failed', error })
})
