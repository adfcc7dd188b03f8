import type { Config } from '../../config/config.ts'
import type { Log } from '../../logging/logger.ts'
import type { Database } from '../open.ts'

/** What a data migration works with; `now` is in ms. */
export interface DataMigrationContext {
  readonly config: Pick<Config, 'emailVerification'>
  readonly database: Database
  readonly log: Pick<Log, 'warn' | 'info'>
  readonly now: () => number
}

/** A change of stored data that SQL alone can't make. Several services may run it at once, and again. */
export interface DataMigration {
  /** Stays the same for good. */
  readonly name: string
  /** Whether it is done: else it runs again at the next start. Throws on an outage. */
  run(context: DataMigrationContext): Promise<boolean>
}
