import Database from 'better-sqlite3'
import pg from 'pg'
import { sqlitePath } from '../../../auth-service/src/platform/database/sqlite-url.ts'

/** The result of a query, even while another process has the database open. */
export async function readRows<Row>(databaseUrl: string, query: string): Promise<Row[]> {
  if (databaseUrl.startsWith('file:')) {
    const db = new Database(sqlitePath(databaseUrl))
    try {
      return db.prepare(query).all() as Row[]
    } finally {
      db.close()
    }
  }
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    return (await client.query(query)).rows as Row[]
  } finally {
    await client.end()
  }
}
