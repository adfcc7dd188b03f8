import { unixTime } from '../platform/clock.ts'
import { createSingleFlight } from '../platform/process/single-flight.ts'
import type { Revocations } from './events.ts'
import type { FeedEntry } from './revocation-entries.ts'
import type { SessionEndings } from './session-endings.ts'

/** Tells apps that a session has ended. */
export interface LogoutDelivery {
  /** Begins to listen to the feed, and to tell apps what they have not heard yet. Called by servers alone. */
  start(): void
  /** Tells what is due now, and later what is not. */
  wake(): void
  /** Waits briefly for what is being told. */
  close(): Promise<void>
}

/** Why an app could not be told, and when it is told again: in seconds, or `null` for never. */
export interface Failure<Ended> {
  readonly ended: Ended
  readonly error: unknown
  readonly pause: number | null
}

export interface LogoutDeliveryOptions<Ended> {
  /** Whether there is any app to tell. */
  readonly isOn: () => boolean
  readonly endings: SessionEndings<Ended>
  /** What else these entries of the feed end. */
  readonly also?: (entries: readonly FeedEntry[]) => Promise<void>
  /** Tells an app, unless it does not want to hear of it any more. Throws if it did not take it, within a few seconds. */
  readonly tell: (ended: Ended) => Promise<void>
  /** For the log. */
  readonly onFailure: (failure: Failure<Ended>) => void
  /** The database did not answer: everything is tried again. */
  readonly onOutage: (error: unknown) => void
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly now: () => number
}

/** How often to look for due ones, in ms: retries, and what other processes left. */
const LOGOUT_POLL = 5_000
/** How many are told at once. An app that does not answer holds one of them for its time-out, once per pause. */
const CONNECTIONS = 8
/** Seconds to the second attempt; each further one doubles. */
const FIRST_PAUSE = 5
const LONGEST_PAUSE = 3600
/** Seconds after which an app is not told any more. */
const GIVEN_UP_AFTER = 86_400

/**
 * Tells apps at least once. The feed only wakes it: what is due is in the database, so that nothing is lost if a process
 * stops, or if a command ended the session while no service was running.
 */
export function createLogoutDelivery<
  Ended extends { readonly endedAt: number | null; readonly attempts: number },
>(options: LogoutDeliveryOptions<Ended>): LogoutDelivery {
  const { isOn, endings, also, tell, onFailure, onOutage, revocations, now } = options
  let news: FeedEntry[] = []
  let isFirst = true
  let closed = false

  async function deliver(ended: Ended): Promise<void> {
    try {
      await tell(ended)
    } catch (error) {
      return retry(ended, error)
    }
    await endings.forget(ended)
  }

  async function retry(ended: Ended, error: unknown): Promise<void> {
    if ((ended.endedAt ?? 0) <= unixTime(now) - GIVEN_UP_AFTER) {
      onFailure({ ended, error, pause: null })
      return endings.forget(ended)
    }
    const pause = Math.min(FIRST_PAUSE * 2 ** (ended.attempts - 1), LONGEST_PAUSE)
    await endings.putOff(ended, pause)
    onFailure({ ended, error, pause })
  }

  async function work(): Promise<void> {
    while (!closed) {
      const ended = await endings.claim()
      if (!ended) return
      await deliver(ended)
    }
  }

  async function run(): Promise<void> {
    const entries = news
    news = []
    try {
      if (isFirst) await endings.find()
      else await endings.find(entries)
      await also?.(entries)
      isFirst = false
      await Promise.all(Array.from({ length: CONNECTIONS }, work))
    } catch (error) {
      news = [...entries, ...news]
      onOutage(error)
    }
  }

  const round = createSingleFlight(run)
  let polling: NodeJS.Timeout | undefined
  let unsubscribe = () => {}

  function wake(): void {
    if (isOn() && !closed) round.wake()
  }

  return {
    start() {
      unsubscribe = revocations.subscribe((entries) => {
        if (!isOn()) return
        news.push(...entries)
        wake()
      })
      polling = setInterval(wake, LOGOUT_POLL).unref()
      wake()
    },
    wake,
    async close() {
      closed = true
      clearInterval(polling)
      unsubscribe()
      await round.landed()
    },
  }
}
