import { getTableName, type Table } from 'drizzle-orm'
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
import { firstValue, rowsOf, type SqliteClient } from './sqlite-client.ts'
import { state } from './state-schema-sqlite.ts'
import { users } from './user-schema-sqlite.ts'

/** Runs statements, except those whose part of a table of this package exists already, and compares that table. */
export function acceptExistingSqlite(client: SqliteClient) {
  const found = new Set<Table>()
  const conflict = (cause?: unknown) => {
    for (const table of found) {
      const different = differences(shippedShape(table), shapeOf(client, getTableName(table)))
      if (different.length > 0) throw tableConflict(getTableName(table), different, cause)
    }
  }
  return {
    run(statement: string): void {
      const part = createdPart(statement)
      const table = SHIPPED.find((one) => getTableName(one) === part?.table)
      if (part && table && partExists(client, part)) {
        found.add(table)
        return
      }
      try {
        client.exec(statement)
      } catch (error) {
        conflict(error)
        throw error
      }
    },
    check: () => conflict(),
  }
}

const SHIPPED: readonly Table[] = [users, state]

function partExists(client: SqliteClient, { table, column, index }: TablePart): boolean {
  if (column !== undefined) return shapeOf(client, table).some(({ name }) => name === column)
  const [type, name] = index === undefined ? ['table', table] : ['index', index]
  return firstValue(client, 'SELECT 1 FROM sqlite_master WHERE type = ? AND name = ?', type, name) === 1
}

interface Pragma {
  name: string
  type: string
  notnull: number
  dflt_value: string | null
  pk: number
}

function shapeOf(client: SqliteClient, table: string): ColumnShape[] {
  const sql = firstValue(client, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)
  const counts = /\bAUTOINCREMENT\b/i.test(String(sql))
  const unique = rowsOf<{ name: string }>(client, UNIQUE, table).map(({ name }) => name)
  return rowsOf<Pragma>(client, 'SELECT * FROM pragma_table_info(?)', table).map((column) => ({
    name: column.name,
    type: column.type.toLowerCase(),
    notNull: column.notnull === 1 || column.pk > 0,
    fill:
      column.pk > 0 && counts
        ? GENERATED
        : column.dflt_value === null
          ? null
          : plainDefault(column.dflt_value),
    unique: column.pk > 0 || unique.includes(column.name),
  }))
}

const UNIQUE = `
  SELECT max(info.name) AS name FROM pragma_index_list(?) list, pragma_index_info(list.name) info
  WHERE list."unique" AND NOT list.partial
  GROUP BY list.name HAVING count(*) = 1`
