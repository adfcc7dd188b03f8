import type { Logger } from '../contract/log.ts'

/** A clock that does not go back. */
export interface SteadyClock {
  /** In ms. */
  now(): number
  /** Whether the clock that it reads was set back, rightly: it shows that moment, give or take `tolerance` (in ms). */
  wasCorrectedTo(moment: number, tolerance: number): boolean
  /** Goes back to the clock that it reads. */
  follow(): void
}

/** Ms by which a clock may be set back without notice, as it is corrected every day. */
const SLIGHT = 1_000

/**
 * When the clock that it reads is set back, it goes on by itself from where it was, until that one has caught up: what
 * had expired, or was forgotten because it had, must not come back to life.
 */
export function createSteadyClock(
  read: () => number,
  log: Pick<Logger, 'warn'>,
  elapsed: () => number = () => performance.now(),
): SteadyClock {
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
          'the clock was set back; the old time goes on until the auth service confirms the new one',
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
