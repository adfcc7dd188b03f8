import type { RegisteredApp } from '../apps/apps.ts'
import type { Revocations } from '../events/events.ts'
import type { FeedEntry } from '../events/revocation-entries.ts'
import { unixTime } from '../platform/clock.ts'
import { describeError, type Log } from '../platform/logging/logger.ts'
import { createSingleFlight } from '../platform/process/single-flight.ts'
import type { EndedSignIn, EndedSignIns } from './ended-sign-ins.ts'
import type { EndLostAccess } from './lost-access.ts'
import type { CurrentProvider } from './provider.ts'

/** Tells apps that a session has ended (OpenID Connect Back-Channel Logout 1.0). */
export interface BackChannelLogout {
  /** Begins to listen to the feed, and to tell apps what they have not heard yet. Called by servers alone. */
  start(): void
  /** Tells what is due now, and later what is not. */
  wake(): void
  /** Waits briefly for what is being told. */
  close(): Promise<void>
}

export interface BackChannelLogoutOptions {
  readonly current: CurrentProvider
  /** Whether there is any client. */
  readonly isOn: () => boolean
  readonly appWithId: (id: number) => RegisteredApp | null
  readonly endedSignIns: EndedSignIns
  readonly endLostAccess: EndLostAccess
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly log: Log
  readonly now: () => number
}

/** How often to look for due ones, in ms: retries, and what other processes left. */
export const LOGOUT_POLL = 5_000
/** How many are told at once. An app that does not answer holds one of them for 2.5 seconds, once per pause. */
const CONNECTIONS = 8
/** Seconds to the second attempt; each further one doubles. */
const FIRST_PAUSE = 5
const LONGEST_PAUSE = 3600
/** Seconds after which an app is not told any more: its own tokens have ended long before. */
const GIVEN_UP_AFTER = 86_400

/**
 * Delivers logout tokens at least once. The feed only wakes it: what is due is in the database, so that nothing is lost
 * if a process stops, or if a command ended the session while no service was running.
 */
export function createBackChannelLogout(options: BackChannelLogoutOptions): BackChannelLogout {
  const { current, isOn, appWithId, endedSignIns, endLostAccess, revocations, log, now } = options
  let news: FeedEntry[] = []
  let isFirst = true
  let closed = false

  async function tell(ended: EndedSignIn): Promise<void> {
    const app = appWithId(ended.appId)
    if (!app?.oidc?.backChannelLogoutUri || app.clientId === null) return endedSignIns.forget(ended)
    const facts = { app: app.name, attempt: ended.attempts }
    try {
      const client = (await (await current()).Client.find(app.clientId)) as LogoutClient | undefined
      await client?.backchannelLogout(ended.sub, ended.clientSid)
      log.debug({ event: 'oidc_logout_sent', ...facts }, 'an app was told that a session has ended')
    } catch (error) {
      return retry(ended, app.name, error)
    }
    await endedSignIns.forget(ended)
  }

  async function retry(ended: EndedSignIn, app: string, error: unknown): Promise<void> {
    const { code, message } = describeError(error)
    const facts = { app, attempt: ended.attempts, code, reason: message, setting: SETTING }
    if ((ended.endedAt ?? 0) <= unixTime(now) - GIVEN_UP_AFTER) {
      log.error(
        { event: 'oidc_logout_given_up', ...facts },
        'an app could not be told for a day that a session has ended, and will not be told',
      )
      return endedSignIns.forget(ended)
    }
    const pause = Math.min(FIRST_PAUSE * 2 ** (ended.attempts - 1), LONGEST_PAUSE)
    await endedSignIns.putOff(ended, pause)
    log.warn(
      { event: 'oidc_logout_put_off', ...facts, pause },
      'an app could not be told that a session has ended; retrying later',
    )
  }

  async function work(): Promise<void> {
    while (!closed) {
      const ended = await endedSignIns.claim()
      if (!ended) return
      await tell(ended)
    }
  }

  async function run(): Promise<void> {
    const entries = news
    news = []
    try {
      if (isFirst) await endedSignIns.find()
      else await endedSignIns.find(entries)
      await endLostAccess(entries)
      isFirst = false
      await Promise.all(Array.from({ length: CONNECTIONS }, work))
    } catch (error) {
      news = [...entries, ...news]
      log.warn({ err: error }, 'could not read or update the sign-ins of OpenID Connect')
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

/** What the types of oidc-provider leave out. */
interface LogoutClient {
  /** Signs a logout token and sends it. Rejects unless the app answers 200 or 204 within 2.5 seconds. */
  backchannelLogout(sub: string, sid: string): Promise<void>
}

const SETTING = 'the address for sign-outs of the app at /admin/apps'
