import pg from 'pg'
import type { Log } from '../logging/logger.ts'
import type { Database } from './database.ts'
import { postgresConnection } from './postgres-url.ts'

/** The channel for published changes, within one database. */
export const CHANNEL = 'latchkey_revocations'

export interface WatchOptions {
  /** The address to listen at. */
  readonly url: string
  /** Whether this is DATABASE_URL_DIRECT. */
  readonly isDirectGiven: boolean
  readonly log: Log
  /** Time-out for a connection and its answers, in ms. */
  readonly timeout: number
  /** Notifies the channel, on the connections that publish. */
  notify(): Promise<void>
}

/** How often the listening connection is tested, in ms, since a silent end would not be noticed. */
const CHECK = 5000
/** How often to poll while notifications do not arrive, in ms, and when to log it. */
const POLL = 250
const DEAF_AFTER = 3000
/** First and longest pause before a reconnection, in ms. */
const SHORTEST_PAUSE = 100
const LONGEST_PAUSE = 5000

/**
 * See Database.watch: LISTEN on a separate connection, which is replaced when it breaks. Every connection begins with a
 * wake-up, since notifications in between are lost. Behind a pooler in transaction mode LISTEN silently does nothing:
 * until the first notification arrives, at the latest our own, it polls several times a second.
 */
export function createPostgresWatch(options: WatchOptions): Database['watch'] {
  const { url, log, timeout, notify } = options
  return (wake) => {
    let client: pg.Client | null = null
    let timer: NodeJS.Timeout | undefined
    let pause = SHORTEST_PAUSE
    let stopped = false
    let polling: NodeJS.Timeout | undefined
    let warned = false

    async function listen(): Promise<void> {
      const mine = new pg.Client({
        ...postgresConnection(url),
        connectionTimeoutMillis: timeout,
        query_timeout: timeout,
        keepAlive: true,
      })
      client = mine
      const lost = (error?: Error) => retry(mine, error)
      const heard = () => {
        clearInterval(polling)
        wake()
      }
      mine.on('notification', heard).on('error', lost).on('end', lost)
      try {
        await mine.connect()
        await mine.query(`LISTEN ${CHANNEL}`)
        pause = SHORTEST_PAUSE
        await poll()
        check(mine)
      } catch (error) {
        retry(mine, error as Error)
      }
    }

    /** Until a notification arrives. */
    async function poll(): Promise<void> {
      clearInterval(polling)
      if (stopped) return
      let left = DEAF_AFTER / POLL
      let sent = false
      polling = setInterval(() => {
        wake()
        if (--left > 0 || !sent || warned) return
        warned = true
        log.warn({ event: 'no_notifications' }, options.isDirectGiven ? DEAF_DIRECT : DEAF)
      }, POLL).unref()
      await notify().then(
        () => {
          sent = true
        },
        () => {},
      )
    }

    function check(mine: pg.Client): void {
      if (client !== mine) return
      wake()
      later(CHECK, () => {
        mine.query('SELECT 1').then(
          () => check(mine),
          (error) => retry(mine, error),
        )
      })
    }

    function retry(mine: pg.Client, error?: Error): void {
      if (client !== mine) return
      client = null
      end(mine)
      // Once: further failures until a success have the same cause.
      if (pause === SHORTEST_PAUSE) {
        log.warn({ err: error }, 'the LISTEN connection broke; reconnecting')
      }
      // Half of it is random, so that many services do not reconnect in step.
      later(pause * (0.5 + Math.random() / 2), () => void listen())
      pause = Math.min(pause * 2, LONGEST_PAUSE)
      wake()
    }

    function later(delay: number, task: () => void): void {
      clearTimeout(timer)
      if (!stopped) timer = setTimeout(task, delay).unref()
    }

    void listen()
    return () => {
      stopped = true
      clearTimeout(timer)
      clearInterval(polling)
      const mine = client
      client = null
      if (mine) end(mine)
    }
  }
}

const DEAF =
  'notifications do not arrive over DATABASE_URL, as behind a pooler in transaction mode: polling for revocations four ' +
  'times a second instead. Set DATABASE_URL_DIRECT to the address of Postgres itself, not of the pooler'
const DEAF_DIRECT =
  'notifications do not arrive over DATABASE_URL_DIRECT: polling for revocations four times a second instead. Set it to ' +
  'the address of Postgres itself, not of a pooler, on the same server as DATABASE_URL'

/** In any case: errors of an unused connection do not matter. */
function end(client: pg.Client): void {
  client.on('error', () => {})
  client.end().catch(() => {})
}
