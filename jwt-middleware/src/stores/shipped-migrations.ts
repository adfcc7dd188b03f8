import { createHash } from 'node:crypto'
import type { BundledMigrations } from './migration-options.ts'
import { SHIPPED_SQL } from './shipped-sql.ts'

const TABLES = { users: '__latchkey_migrations', state: '__latchkey_state_migrations' } as const

/** The migrations of this package: of local users, or of states, which are separate from an app's own table. */
export function shippedMigrations(
  what: keyof typeof TABLES,
  dialect: 'sqlite' | 'postgres',
): BundledMigrations {
  const migrations = SHIPPED_SQL[what][dialect].map(({ when, sql }) => ({
    sql: sql.split('--> statement-breakpoint'),
    bps: true,
    folderMillis: when,
    hash: createHash('sha256').update(sql).digest('hex'),
  }))
  return { migrations, table: TABLES[what] }
}
