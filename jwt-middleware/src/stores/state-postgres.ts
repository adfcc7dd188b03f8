import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import type { StateStore } from '../users/state.ts'
import { migratePostgres } from './migrate-postgres.ts'
import { once } from './once.ts'
import { unavailable } from './refusals.ts'
import { retryLostRaces } from './retry.ts'
import { shippedMigrations } from './shipped-migrations.ts'
import { stateIn, state as unqualified } from './state-schema-postgres.ts'

/** States in the table `latchkey_state`, which is created at its first use. Rejects with `store_unavailable`. */
export function postgresState(pool: Pool, schema?: string): StateStore {
  const db = drizzle(pool)
  const state = schema === undefined ? unqualified : stateIn(schema)
  const ready = once(() => migratePostgres(pool, { ...shippedMigrations('state', 'postgres'), schema }))

  async function use<Value>(action: () => Promise<Value>): Promise<Value> {
    try {
      await ready()
      return await retryLostRaces(action)
    } catch (error) {
      throw unavailable(error, 'latchkey_state')
    }
  }

  return {
    readState: (name) =>
      use(async () => {
        const [row] = await db.select({ value: state.value }).from(state).where(eq(state.name, name))
        return row?.value ?? null
      }),
    writeState: (name, value) =>
      use(async () => {
        await db
          .insert(state)
          .values({ name, value })
          .onConflictDoUpdate({ target: state.name, set: { value: sql`excluded.value` } })
      }),
  }
}
