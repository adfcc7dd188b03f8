import type { ClientBase, Pool } from 'pg'
import { type ServiceLock, takeLock } from './service-locks.ts'

/**
 * Creates something outside the migrations unless it exists, also when many services start at once: one transaction
 * under that lock, in the schema of the table of users. After the migrations.
 */
export async function createOnce(
  pool: Pool,
  lock: ServiceLock,
  isThere: (client: ClientBase) => Promise<boolean>,
  create: (client: ClientBase) => Promise<void>,
): Promise<void> {
  const client = await pool.connect()
  client.on('error', ignore)
  let failed = true
  try {
    if (!(await isThere(client))) {
      // Regardless of the default: a waiting service must see what others created meanwhile.
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      await client.query(USE_SCHEMA_OF_USERS)
      await takeLock(client, lock)
      if (!(await isThere(client))) await create(client)
      await client.query('COMMIT')
    }
    failed = false
  } finally {
    client.off('error', ignore)
    // The server rolls back when the connection closes.
    client.release(failed)
  }
}

const ignore = () => {}

const USE_SCHEMA_OF_USERS = `
  SELECT set_config('search_path', quote_ident(nspname) || ', ' || current_setting('search_path'), true)
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE pg_class.oid = to_regclass('users')`
