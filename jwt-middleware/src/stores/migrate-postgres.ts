import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type { Pool } from 'pg'
import type { MigrationOptions } from './migrate-sqlite.ts'

/** Any number will do, as long as every process that migrates takes the same one. */
const MIGRATION_LOCK = 5_285_248_437

/**
 * Brings the database up to date: applies what is missing, all of it or nothing. Safe to call from many processes
 * at once. Throws what Postgres throws.
 */
export async function migratePostgres(pool: Pool, { folder, table }: MigrationOptions): Promise<void> {
  const client = await pool.connect()
  // The query under way rejects as well; without a listener the process would end.
  client.on('error', () => {})
  try {
    // drizzle's own migrator reads its notes before it locks, so two processes would apply the same step.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrate(drizzle(client), {
      migrationsFolder: fileURLToPath(folder),
      migrationsSchema: 'public',
      migrationsTable: table,
    })
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
  } catch (error) {
    client.release(true) // Closing the connection gives the lock back, whatever state it is in.
    throw error
  }
  client.release()
}
