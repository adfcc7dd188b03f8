import type { ClientBase } from 'pg'

/**
 * Locks of the service on Postgres, each a row of its own table: unlike advisory locks, a role that may only read people
 * can't take them. The numbers are those of the migration.
 */
const ROWS = { publishing: 1, search: 2, rateLimits: 3, grants: 4 } as const

export type ServiceLock = keyof typeof ROWS

/** The statement that takes a lock until the end of the transaction. */
export const lockStatement = (lock: ServiceLock): string =>
  `SELECT 1 FROM service_locks WHERE id = ${ROWS[lock]} FOR UPDATE`

/** Takes a lock until the end of the transaction. */
export async function takeLock(client: ClientBase, lock: ServiceLock): Promise<void> {
  const { rowCount } = await client.query(lockStatement(lock))
  if (rowCount === 0) await restoreLock(client, lock)
}

/** The same where the row is missing, for example after all tables were emptied. */
export async function restoreLock(client: ClientBase, lock: ServiceLock): Promise<void> {
  await client.query(`INSERT INTO service_locks (id) VALUES (${ROWS[lock]}) ON CONFLICT DO NOTHING`)
  await client.query(lockStatement(lock))
}
