import { eq, sql } from 'drizzle-orm'
import type { StateStore } from '../users/state.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { unavailable } from './refusals.ts'
import { shippedMigrations } from './shipped-migrations.ts'
import { drizzleAround, type SqliteClient } from './sqlite-client.ts'
import { state } from './state-schema-sqlite.ts'

/** States in the table `latchkey_state`, which is created at its first use. Throws `store_unavailable`. */
export function sqliteState(client: SqliteClient): StateStore {
  let statements: ReturnType<typeof prepare> | null = null

  function use<Value>(action: (prepared: ReturnType<typeof prepare>) => Value): Value {
    try {
      if (statements === null) migrateSqlite(client, shippedMigrations('state', 'sqlite'))
      statements ??= prepare(client)
      return action(statements)
    } catch (error) {
      throw unavailable(error, 'latchkey_state')
    }
  }

  return {
    readState: (name) => use(({ read }) => read.get({ name })?.value ?? null),
    writeState: (name, value) => use(({ write }) => void write.run({ name, value })),
  }
}

function prepare(client: SqliteClient) {
  const db = drizzleAround(client)
  const [name, value] = [sql.placeholder('name'), sql.placeholder('value')]
  return {
    read: db.select({ value: state.value }).from(state).where(eq(state.name, name)).prepare(),
    write: db
      .insert(state)
      .values({ name, value })
      .onConflictDoUpdate({ target: state.name, set: { value: sql`excluded.value` } })
      .prepare(),
  }
}
