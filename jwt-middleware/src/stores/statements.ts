import { and, eq, type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Identity } from '../users/store.ts'
import type { UsersTable } from './user-schema-postgres.ts'

/** The columns that follow the token, besides the uuid; all others belong to the app. */
const FOLLOWING = ['email', 'firstName', 'lastName', 'isStaff', 'isSuperuser', 'tokenIat'] as const

/** Poolers such as PgBouncer may run the next statement on another connection, which does not know the name. */
const UNNAMED = ''

/**
 * Seconds after which no token from when the row was written is valid any more: twice the longest lifetime. A token
 * issued later is newer even with a lower version: the auth service's backup was restored, or it is an older one again.
 */
const LONG_AFTER = 7_200

/** The values that a token writes into a row, by column. */
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

/** Postgres rejects U+0000 in text, and SQLite's functions stop reading there: it becomes the replacement character. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD')

/**
 * The prepared statements of both dialects, which drizzle spells alike; SQLite's store casts. Every write returns its
 * row, so that no row means that nothing was written.
 *
 * A token is newer than the row if its version is higher, since the auth service increments it with every change. With
 * equal versions, the later `iat` is newer: tokens of older auth services have no version. `token_iat` advances even
 * when nothing else differs: otherwise, of three tokens that say A, B and A, the second could arrive last and win.
 *
 * With `versions: false`, only `iat` decides: for an app's own table that lacks the column.
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

/** One entry per column, made from its name. */
function each<Column extends string, Value extends SQL | Placeholder>(
  columns: readonly Column[],
  make: (column: Column) => Value,
): Record<Column, Value> {
  return Object.fromEntries(columns.map((column) => [column, make(column)])) as Record<Column, Value>
}
