import type { Config } from '../../config/config.ts'
import type { Log } from '../../logging/logger.ts'
import type { Database } from '../open.ts'

/** The parts a data migration needs; `now` is in ms. */
export interface DataMigrationContext {
  readonly config: Pick<Config, 'emailVerification'>
  readonly database: Database
  readonly log: Pick<Log, 'warn' | 'info'>
  readonly now: () => number
}

/** A change of stored data that needs code. Safe to repeat and to run in several services at once. */
export interface DataMigration {
  /** Never changes. */
  readonly name: string
  /** Whether it is finished: otherwise it runs again at the next start. Throws on an outage. */
  run(context: DataMigrationContext): Promise<boolean>
}
