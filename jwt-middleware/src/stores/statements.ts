import { and, eq, type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Identity } from '../users/store.ts'
import type { UsersTable } from './user-schema-postgres.ts'

/** The columns that follow the token, besides the uuid; the rest of the row belongs to the app. */
const FOLLOWING = ['email', 'firstName', 'lastName', 'isStaff', 'isSuperuser', 'tokenIat'] as const

/** Poolers such as PgBouncer may run the next statement on another connection, which does not know the name. */
const UNNAMED = ''

/**
 * Seconds after which no token is alive any more that was when the row was written: twice the longest lifetime. One that is
 * issued later is newer, even if its version is lower: the auth service had a backup put back, or is an older one again.
 */
const LONG_AFTER = 7_200

/** What a token writes into a row, by the names of the table's columns. */
export type TokenRow = Record<'email' | 'firstName' | 'lastName' | 'uuid', string> &
  Record<'isStaff' | 'isSuperuser', boolean> &
  Record<'tokenIat' | 'tokenVersion', number>

export const rowOf = (identity: Identity): TokenRow => ({
  uuid: identity.uuid,
  email: storable(identity.email),
  firstName: storable(identity.firstName),
  lastName: storable(identity.lastName),
  isStaff: identity.isStaff,
  isSuperuser: identity.isSuperuser,
  tokenIat: identity.issuedAt,
  tokenVersion: identity.version,
})

/** Postgres refuses U+0000 in text and SQLite's functions stop reading at it: the replacement character it is. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD')

/**
 * The prepared statements of both dialects, which drizzle spells alike; SQLite's store comes here with a cast.
 * Whatever writes returns the row it wrote, so that nothing returned means that nothing was written.
 *
 * A token is newer than the row if its version is higher, since the auth service counts it up with every change. Of equal
 * versions, the later `iat` is newer: tokens of older auth services have no version. `token_iat` advances even when nothing
 * else differs: otherwise, of three tokens that say A, B and A, the second could arrive last and win.
 *
 * With `versions: false`, `iat` alone decides: for a table of the app's own that has no such column yet.
 */
export function prepareStatements(db: NodePgDatabase, table: UsersTable, { versions = true } = {}) {
  const local = { id: table.id, isActive: table.isActive }
  const given = (column: keyof TokenRow | 'isActive') => sql.placeholder(column)
  const param = (column: keyof TokenRow | 'isActive') => sql`${sql.param(given(column), table[column])}`
  const excluded = (column: keyof typeof table.$inferInsert) =>
    sql`excluded.${sql.identifier(table[column].name)}`
  const following = versions ? ([...FOLLOWING, 'tokenVersion'] as const) : FOLLOWING
  /** Whether a token is newer than the row. */
  const isNewer = (its: (column: 'tokenIat' | 'tokenVersion') => SQL) => {
    const isLater = sql`${its('tokenIat')} > ${table.tokenIat}`
    if (!versions) return isLater
    const isAsNew = sql`${its('tokenVersion')} = ${table.tokenVersion}`
    return sql`(${its('tokenVersion')} > ${table.tokenVersion} OR (${isAsNew} AND ${isLater})
      OR ${its('tokenIat')} > ${table.tokenIat} + ${sql.raw(`${LONG_AFTER}`)})`
  }
  const sameUuid = eq(table.uuid, given('uuid'))

  return {
    create: db
      .insert(table)
      .values({ uuid: given('uuid'), ...each(following, given) })
      .onConflictDoUpdate({
        target: table.uuid,
        set: each([...following, 'updatedAt'], excluded),
        setWhere: isNewer(excluded),
      })
      .returning(local)
      .prepare(UNNAMED),
    update: db
      .update(table)
      .set({ ...each(following, param), updatedAt: table.updatedAt.default as SQL })
      .where(and(sameUuid, isNewer(param)))
      .returning(local)
      .prepare(UNNAMED),
    find: db.select(local).from(table).where(sameUuid).prepare(UNNAMED),
    register: db
      .insert(table)
      .values({ uuid: given('uuid') })
      .onConflictDoNothing({ target: table.uuid })
      .returning(local)
      .prepare(UNNAMED),
    setActive: db
      .update(table)
      .set({ isActive: param('isActive') })
      .where(sameUuid)
      .returning(local)
      .prepare(UNNAMED),
  }
}

/** One entry for each column, made from its name. */
function each<Column extends string, Value extends SQL | Placeholder>(
  columns: readonly Column[],
  make: (column: Column) => Value,
): Record<Column, Value> {
  return Object.fromEntries(columns.map((column) => [column, make(column)])) as Record<Column, Value>
}
