import { DELETION_FAILED } from '#process-or-worker/contract/log-messages'
import type { Logger } from '../contract/log.ts'
import type { PersonDeletion } from '../contract/revocation.ts'
import { unref } from '../contract/unref.ts'
import type { StoredValue } from '../users/state.ts'

export interface DeletionsOptions {
  readonly onUserDeleted: (uuid: string) => void | Promise<void>
  /** Where the id of the last handled deletion is stored. */
  readonly state: StoredValue
  readonly log: Logger
}

/** Passes deletions to the app, each at least once. */
export interface Deletions {
  announce(entry: PersonDeletion): void
  /** The entries so far are complete up to the id `last`; every later entry is new. */
  ready(last: number): void
  /** The feed is interrupted: further entries are its backlog, until it is ready again. */
  interrupted(): void
  /** Handles them now, where there is no other time for it; `null` where they are handled in the background. */
  handled(): Promise<void> | null
  close(): void
}

const RETRY_FIRST = 1_000
const RETRY_LAST = 60_000

/**
 * Calls the hook in the order of the feed, one deletion at a time, and stores the position after it succeeded. A failed
 * hook is repeated, and later ones wait for it, since one number records what is done.
 */
export function createDeletions({ onUserDeleted, state, log }: DeletionsOptions): Deletions {
  let backlog: PersonDeletion[] | null = []
  let queue: PersonDeletion[] = []
  let last = 0
  /** What was handled, and which part of it is stored. */
  let position: number | null = null
  let written: number | null = null
  let failures = 0
  let working = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  /** A feed that ends before our position was restored from a backup: its ids start over, and so do we. */
  function startsOver(): boolean {
    if (position === null || last >= position) return false
    position = 0
    return true
  }

  async function next(): Promise<boolean> {
    if (position === null) {
      position = written = readPosition(await state.read())
      startsOver()
    }
    while (queue[0] && queue[0].id <= position) queue.shift()
    const entry = queue[0]
    if (entry && !closed) {
      await onUserDeleted(entry.sub)
      // Otherwise the feed started over meanwhile, and this entry may not belong to it.
      if (queue[0] === entry) position = entry.id
    }
    if (position !== written) {
      await state.write(String(position))
      written = position
    }
    return queue.length > 0
  }

  async function work(): Promise<void> {
    if (working || closed) return
    working = true
    clearTimeout(timer)
    try {
      while (!closed && (await next())) failures = 0
      failures = 0
    } catch (error) {
      log.warn({ error: (error as Error).message }, DELETION_FAILED)
      const pause = Math.min(RETRY_FIRST * 2 ** failures++, RETRY_LAST)
      timer = unref(setTimeout(work, pause))
    }
    working = false
  }

  return {
    announce(entry) {
      if (backlog) return void backlog.push(entry)
      last = Math.max(last, entry.id)
      queue.push(entry)
      void work()
    },
    ready(highest) {
      last = highest
      queue = startsOver() ? [] : queue
      queue.push(...(backlog ?? []))
      backlog = null
      if (queue.length > 0) void work()
    },
    interrupted() {
      backlog ??= []
    },
    handled: () => null,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

const readPosition = (text: string | null): number => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : 0)
