import type { Logger } from '../contract/log.ts'

/** A clock that does not go back. */
export interface MonotonicClock {
  /** In ms. */
  now(): number
  /** Whether its source was set back correctly: it shows that time, give or take `tolerance` (in ms). */
  wasCorrectedTo(moment: number, tolerance: number): boolean
  /** Returns to the source's time. */
  follow(): void
}

/** Milliseconds by which a clock may be set back unnoticed, as in daily corrections. */
const SLIGHT = 1_000

/**
 * When its source is set back, the clock continues by itself until the source has caught up: expired tokens and
 * forgotten revocations must not become valid again.
 */
export function createClock(
  read: () => number,
  log: Pick<Logger, 'warn'>,
  elapsed: () => number = () => performance.now(),
): MonotonicClock {
  let last = Number.NEGATIVE_INFINITY
  let isSetBack = false
  let since = 0

  return {
    now() {
      const time = read()
      if (!isSetBack && time < last - SLIGHT) {
        isSetBack = true
        since = elapsed() - last
        const seconds = Math.round((last - time) / 1000)
        log.warn(
          { event: 'clock_set_back', seconds },
          'the clock was set back; using the old time until the auth service confirms the new one',
        )
      }
      if (isSetBack) {
        const steady = elapsed() - since
        if (time < steady) return steady
        isSetBack = false
      }
      last = time
      return time
    },
    wasCorrectedTo: (moment, tolerance) => isSetBack && Math.abs(read() - moment) <= tolerance,
    follow() {
      isSetBack = false
      last = read()
    },
  }
}
