import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { unixTime } from '../../clock.ts'
import { cleanedName } from '../../validation/validators.ts'
import { changedAgain } from '../changed-at.ts'
import type { DataMigration } from './data-migration.ts'

const BATCH = 500

/** Stores names in NFC, as they are searched, without bidirectional controls and invisible characters. */
export const names: DataMigration = {
  name: 'cleaned_names',
  async run({ database, now }) {
    const { db, users } = database
    const at = unixTime(now)
    const { id, firstName, lastName } = users
    const whole = sql`(${firstName} || ${lastName})`
    for (let after = 0; ; ) {
      const rows = await db
        .select({ id, firstName, lastName })
        .from(users)
        .where(and(gt(id, after), sql`octet_length(${whole}) <> length(${whole})`))
        .orderBy(asc(id))
        .limit(BATCH)
      for (const row of rows) {
        const cleaned = { firstName: cleanedName(row.firstName), lastName: cleanedName(row.lastName) }
        if (cleaned.firstName === row.firstName && cleaned.lastName === row.lastName) continue
        const unchanged = and(eq(id, row.id), eq(firstName, row.firstName), eq(lastName, row.lastName))
        // Apps treat the data of later tokens as newer.
        await db
          .update(users)
          .set({ ...cleaned, ...changedAgain(database, at) })
          .where(unchanged)
      }
      if (rows.length < BATCH) return true
      after = rows.at(-1)?.id ?? after
    }
  },
}
