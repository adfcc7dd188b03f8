import { setTimeout } from 'node:timers/promises'
import type { AuthStatus } from '@latchkey/jwt-middleware/hono'
import type { Silence } from './tour-report.ts'

/** What an app says about a change: when it heard of it, in ms since 1970, or why not. */
export type Heard = { readonly at: number } | { readonly silence: Silence }

/** Notes when the feed goes on, for several changes at once. */
export interface FeedWatches {
  /** Starts to note, for the change of that name. Call it before the change. */
  start(name: string): void
  /** When the feed came as far as this entry; waits for it a while. The watch is over then. */
  heard(name: string, entry: number): Promise<Heard>
}

/** How long to wait for the feed after a change, in ms. */
export const PATIENCE = 3_000
/** A watch that nothing asks about ends, in ms. */
const LONGEST = 2 * PATIENCE

interface Step {
  readonly lastId: number
  readonly at: number
}

export function createFeedWatches(feed: () => AuthStatus['feed']): FeedWatches {
  /** The steps of the feed since each watch began. */
  const watches = new Map<string, Step[]>()

  async function note(name: string, steps: Step[]): Promise<void> {
    const end = Date.now() + LONGEST
    while (watches.get(name) === steps && Date.now() < end) {
      const { lastId } = feed()
      if (steps.at(-1)?.lastId !== lastId) steps.push({ lastId, at: Date.now() })
      await setTimeout(1)
    }
    if (watches.get(name) === steps) watches.delete(name)
  }

  return {
    start(name) {
      const steps: Step[] = []
      watches.set(name, steps)
      void note(name, steps)
    },

    async heard(name, entry) {
      const steps = watches.get(name) ?? []
      for (const end = Date.now() + PATIENCE; Date.now() < end; await setTimeout(1)) {
        const { at } = steps.find(({ lastId }) => lastId >= entry) ?? {}
        if (at !== undefined) {
          watches.delete(name)
          return { at }
        }
        if (feed().state === 'idle') break
      }
      watches.delete(name)
      return { silence: silenceOf(feed().state) }
    },
  }
}

function silenceOf(state: AuthStatus['feed']['state']): Silence {
  if (state === 'idle') return 'unopened'
  return state === 'live' ? 'late' : 'disconnected'
}
