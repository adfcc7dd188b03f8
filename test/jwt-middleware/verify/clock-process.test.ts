import { expect, it } from 'vitest'
import { createClock } from '../../../jwt-middleware/src/verify/clock-process.ts'
import { NOW, recordingLogger } from '../../support/tokens.ts'

const START = NOW * 1000

/** A wall clock that can be set, and a monotonic one. */
function clockOnTheWall() {
  let [shown, passed] = [START, 0]
  const log = recordingLogger()
  return {
    log,
    ...createClock(
      () => shown,
      log,
      () => passed,
    ),
    pass(ms: number) {
      shown += ms
      passed += ms
    },
    set(ms: number) {
      shown += ms
    },
  }
}

it('returns the time, and follows it forwards', () => {
  const { now, pass, set, log } = clockOnTheWall()
  expect(now()).toBe(START)
  pass(250)
  expect(now()).toBe(START + 250)
  set(3_600_000)
  expect(now()).toBe(START + 3_600_250)
  expect(log.warnings).toEqual([])
})

it('follows slight corrections in both directions', () => {
  const { now, set, log } = clockOnTheWall()
  now()
  set(-1_000)
  expect(now()).toBe(START - 1_000)
  set(-900)
  expect(now()).toBe(START - 1_900)
  expect(log.warnings).toEqual([])
})

it('continues from its last value when the clock is set back, and says so once', () => {
  const { now, pass, set, log } = clockOnTheWall()
  now()
  set(-600_000)
  expect(now()).toBe(START)
  pass(20_000)
  expect(now()).toBe(START + 20_000)
  set(-600_000)
  pass(1_000)
  expect(now()).toBe(START + 21_000)
  expect(log.warnings).toEqual([expect.stringMatching(/set back.*"seconds":600/)])
})

it('follows the clock again once that has caught up', () => {
  const { now, pass, set, log } = clockOnTheWall()
  now()
  set(-600_000)
  expect(now()).toBe(START)
  pass(1_000)
  expect(now()).toBe(START + 1_000)
  set(600_000)
  pass(500)
  expect(now()).toBe(START + 1_500)
  set(5_000)
  expect(now()).toBe(START + 6_500)
  set(-60_000)
  expect(now()).toBe(START + 6_500)
  expect(log.warnings).toHaveLength(2)
})

it('is corrected only if it was set back to the time another clock reports', () => {
  const { now, set, wasCorrectedTo, follow } = clockOnTheWall()
  now()
  expect(wasCorrectedTo(START, 30_000), 'never set back').toBe(false)
  set(-600_000)
  now()
  expect(wasCorrectedTo(START, 30_000)).toBe(false)
  expect(wasCorrectedTo(START - 600_000, 30_000)).toBe(true)
  follow()
  expect(now()).toBe(START - 600_000)
  expect(wasCorrectedTo(START - 600_000, 30_000)).toBe(false)
})
