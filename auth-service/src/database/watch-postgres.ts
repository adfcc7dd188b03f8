import pg from 'pg'
import type { Log } from '../log.ts'
import { CHANNEL } from './announce-postgres.ts'
import type { Database } from './types.ts'

export interface WatchOptions {
  readonly url: string
  readonly log: Log
  /** How long to wait for a connection and for its answers, in ms. */
  readonly timeout: number
}

/** How often the listening connection must prove that it is alive, in ms; nothing else would tell a silent end. */
const CHECK = 5000
/** First and longest pause before another connection is tried, in ms. */
const SHORTEST_PAUSE = 100
const LONGEST_PAUSE = 5000

/**
 * See Database.watch: LISTEN on a connection of its own, made anew when it breaks. Every connection begins with a
 * wake, since notifications of the time without one are gone.
 */
export function createPostgresWatch({ url, log, timeout }: WatchOptions): Database['watch'] {
  return (wake) => {
    let client: pg.Client | null = null
    let timer: NodeJS.Timeout | undefined
    let pause = SHORTEST_PAUSE
    let stopped = false

    async function listen(): Promise<void> {
      const mine = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: timeout,
        query_timeout: timeout,
        keepAlive: true,
      })
      client = mine
      const lost = (error?: Error) => retry(mine, error)
      mine.on('notification', wake).on('error', lost).on('end', lost)
      try {
        await mine.connect()
        await mine.query(`LISTEN ${CHANNEL}`)
        pause = SHORTEST_PAUSE
        check(mine)
      } catch (error) {
        retry(mine, error as Error)
      }
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
      // Once: what follows, until one holds, is the same trouble.
      if (pause === SHORTEST_PAUSE) {
        log.warn({ err: error }, 'the connection that listens for revocations broke; making another')
      }
      // Half of it by chance: many services must not come back in step.
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
      const mine = client
      client = null
      if (mine) end(mine)
    }
  }
}

/** Whatever becomes of it: errors of a connection that nobody uses any more concern nobody. */
function end(client: pg.Client): void {
  client.on('error', () => {})
  client.end().catch(() => {})
}
