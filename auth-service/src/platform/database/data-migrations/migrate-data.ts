import { unixTime } from '../../clock.ts'
import { addresses } from './canonical-addresses.ts'
import type { DataMigrationContext } from './data-migration.ts'
import { names } from './nfc-names.ts'
import { unconfirmed } from './unconfirmed-since.ts'

const MIGRATIONS = [addresses, names, unconfirmed]

/** Applies each data migration once. Throws on an outage. */
export async function migrateData(context: DataMigrationContext): Promise<void> {
  const { db, dataMigrations } = context.database
  const rows = await db.select({ name: dataMigrations.name }).from(dataMigrations)
  const done = new Set(rows.map(({ name }) => name))
  for (const { name, run } of MIGRATIONS) {
    if (done.has(name) || !(await run(context))) continue
    const doneAt = unixTime(context.now)
    await db.insert(dataMigrations).values({ name, doneAt }).onConflictDoNothing()
  }
}
