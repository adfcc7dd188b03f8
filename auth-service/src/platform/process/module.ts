import type { CleanupTasks } from './cleanup.ts'

/** What the factory of a folder returns. */
export interface Module<Parts> {
  readonly parts: Parts
  /** Deletes the expired data of its parts, and does their due work. Each throws on an outage. */
  readonly deleteExpired: CleanupTasks
}

/** A module with open connections, timers or threads. */
export interface ClosableModule<Parts> extends Module<Parts> {
  close(): Promise<void>
}
