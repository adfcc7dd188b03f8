/** One starting process of an app: it waits for a line on stdin, so that many can start at the same moment. */
import { once } from 'node:events'

const [database = '', issuedAt = ''] = process.argv.slice(2)
const ada = {
  uuid: '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e01',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  isStaff: false,
  isSuperuser: false,
  groups: [],
  emailVerified: false,
  version: 0,
  issuedAt: Number(issuedAt),
}

// Loads only what is needed, since eight processes share the cores.
const visit = database.startsWith('postgres:') ? await onPostgres() : await onSqlite()
console.log('ready')
await once(process.stdin, 'data')
await visit()
process.exit(0)

async function onPostgres() {
  const { postgresUsers } = await import('@latchkey/jwt-middleware/postgres')
  const { default: pg } = await import('pg')
  return () => postgresUsers(new pg.Pool({ connectionString: database })).sync(ada, 'create')
}

async function onSqlite() {
  const { sqliteUsers, useWriteAheadLog } = await import('@latchkey/jwt-middleware/sqlite')
  const { default: Database } = await import('better-sqlite3')
  return () => {
    const db = new Database(database)
    useWriteAheadLog(db)
    return sqliteUsers(db).sync(ada, 'create')
  }
}
