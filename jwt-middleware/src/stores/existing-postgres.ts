import { getTableName, type Table } from 'drizzle-orm'
import type { ClientBase } from 'pg'
import {
  type ColumnShape,
  createdPart,
  differences,
  GENERATED,
  plainDefault,
  shippedShape,
  type TablePart,
  tableConflict,
} from './existing-tables.ts'
import { state } from './state-schema-postgres.ts'
import { users } from './user-schema-postgres.ts'

const SHIPPED: readonly Table[] = [users, state]

/** Runs statements, except those whose part of a table of this package exists already, and compares that table. */
export function acceptExistingPostgres(client: ClientBase) {
  const found = new Map<string, { readonly part: TablePart; readonly table: Table }>()
  const conflict = async (): Promise<Error | null> => {
    for (const { part, table } of found.values()) {
      const different = differences(shippedShape(table), await shapeOf(client, part))
      if (different.length > 0) return tableConflict(nameOf(part), different)
    }
    return null
  }
  return {
    async run(statement: string): Promise<void> {
      const part = createdPart(statement)
      const table = SHIPPED.find((one) => getTableName(one) === part?.table)
      if (part && table && (await partExists(client, part))) {
        found.set(nameOf(part), { part, table })
        return
      }
      // A failed statement ends the transaction, in which nothing can be compared afterwards.
      const before = found.size > 0 ? await conflict() : null
      try {
        await client.query(statement)
      } catch (error) {
        throw before ?? error
      }
    },
    async check(): Promise<void> {
      const problem = await conflict()
      if (problem) throw problem
    },
  }
}

const nameOf = ({ schema, table }: TablePart): string => (schema === undefined ? table : `${schema}.${table}`)

async function partExists(client: ClientBase, { schema, table, column, index }: TablePart): Promise<boolean> {
  if (column !== undefined)
    return (await shapeOf(client, { schema, table })).some(({ name }) => name === column)
  const { rows } = await client.query(EXISTS, [schema ?? null, index ?? table])
  return rows.length > 0
}

// Where an unqualified name would be created.
const EXISTS = `
  SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE nspname = coalesce($1, current_schema()) AND relname = $2 AND relkind IN ('r', 'p', 'i')`

async function shapeOf(client: ClientBase, { schema, table }: TablePart): Promise<ColumnShape[]> {
  const { rows } = await client.query(COLUMNS, [schema ?? null, table])
  return rows.map(({ name, type, notNull, fill, counts, unique }) => ({
    name,
    type,
    notNull,
    fill: counts ? GENERATED : fill === null ? null : plainDefault(fill),
    unique,
  }))
}

const COLUMNS = `
  SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull",
    pg_get_expr(adbin, adrelid) AS fill,
    attidentity <> '' OR coalesce(pg_get_expr(adbin, adrelid) LIKE 'nextval(%', false) AS counts,
    EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisunique AND indpred IS NULL
      AND indkey::text = attnum::text) AS unique
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE nspname = coalesce($1, current_schema()) AND relname = $2
  ORDER BY attnum`
