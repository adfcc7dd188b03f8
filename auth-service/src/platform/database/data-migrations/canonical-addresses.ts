import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import { unixTime } from '../../clock.ts'
import { canonicalEmail, normalizeEmail } from '../../validation/email-address.ts'
import { changedAgain } from '../changed-at.ts'
import { isUniqueViolation } from '../db-errors.ts'
import type { Database } from '../open.ts'
import type { DataMigration } from './data-migration.ts'

/** Two accounts with one address in two spellings, by uuid. `person` is found only by its own spelling. */
export interface DuplicateAddress {
  readonly person: string
  readonly email: string
  readonly other: string
  readonly otherEmail: string
}

const BATCH = 500
/** The number of pairs in the log. */
const MOST_LOGGED = 50

/**
 * Compares addresses by their domain in DNS, and stores it in Unicode. If another account already has the address, both
 * stay unchanged: accounts are never merged.
 */
export const addresses: DataMigration = {
  name: 'international_addresses',
  async run({ database, log, now }) {
    const at = unixTime(now)
    // Those in Unicode first, so that they keep their key.
    const duplicates = [
      ...(await convert(database, isUnicode(database), at)),
      ...(await convert(database, isPunycode(database), at)),
    ]
    for (const { person, other } of duplicates.slice(0, MOST_LOGGED)) {
      log.warn(
        { event: 'address_of_two_accounts', person, other },
        'two accounts share one address in two spellings, and each is found by its own spelling only: change or delete one of ' +
          'them; "latchkey users duplicates" lists all of them',
      )
    }
    return duplicates.length === 0
  },
}

/** Finds the remaining ones, without changing anything. */
export async function findDuplicateAddresses(database: Database): Promise<readonly DuplicateAddress[]> {
  const found: DuplicateAddress[] = []
  for (const which of [isUnicode(database), isPunycode(database)]) {
    for await (const row of rowsOf(database, which)) {
      const other = row.emailCanonical === canonicalEmail(row.email) ? null : await holderOf(database, row)
      if (other) found.push(other)
    }
  }
  return found
}

const isUnicode = ({ users }: Database): SQL => sql`octet_length(${users.email}) <> length(${users.email})`
const isPunycode = ({ users }: Database): SQL => sql`${users.emailCanonical} LIKE '%xn--%'`

interface Row {
  readonly id: number
  readonly uuid: string
  readonly email: string
  readonly emailCanonical: string
}

async function* rowsOf({ db, users }: Database, which: SQL): AsyncGenerator<Row> {
  const { id, uuid, email, emailCanonical } = users
  for (let after = 0; ; ) {
    const rows = await db
      .select({ id, uuid, email, emailCanonical })
      .from(users)
      .where(and(gt(id, after), which))
      .orderBy(asc(id))
      .limit(BATCH)
    yield* rows
    if (rows.length < BATCH) return
    after = rows.at(-1)?.id ?? after
  }
}

async function convert(database: Database, which: SQL, at: number): Promise<readonly DuplicateAddress[]> {
  const { db, users } = database
  const duplicates: DuplicateAddress[] = []
  for await (const row of rowsOf(database, which)) {
    const [email, emailCanonical] = [normalizeEmail(row.email), canonicalEmail(row.email)]
    if (email === row.email && emailCanonical === row.emailCanonical) continue
    try {
      await db
        .update(users)
        // Apps treat the data of later tokens as newer.
        .set({ email, emailCanonical, ...changedAgain(database, at) })
        .where(and(eq(users.id, row.id), eq(users.email, row.email)))
    } catch (error) {
      const duplicate = isUniqueViolation(error) ? await holderOf(database, row) : null
      if (!duplicate) throw error
      duplicates.push(duplicate)
    }
  }
  return duplicates
}

/** The account that has this account's intended address; `null` if none has it any more. */
async function holderOf({ db, users }: Database, row: Row): Promise<DuplicateAddress | null> {
  const [holder] = await db
    .select({ uuid: users.uuid, email: users.email })
    .from(users)
    .where(eq(users.emailCanonical, canonicalEmail(row.email)))
  return holder && holder.uuid !== row.uuid
    ? { person: row.uuid, email: row.email, other: holder.uuid, otherEmail: holder.email }
    : null
}
