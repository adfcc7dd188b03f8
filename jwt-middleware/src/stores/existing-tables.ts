import { type Column, getTableColumns, is, SQL, StringChunk, type Table } from 'drizzle-orm'
import { LatchkeyError } from '../contract/errors.ts'

/** A part of a table of this package, which a statement of drizzle-kit creates. */
export interface TablePart {
  /** The table's schema, if the statement names one. */
  readonly schema?: string | undefined
  readonly table: string
  readonly column?: string | undefined
  readonly index?: string | undefined
}

/** A column as the database describes it. `fill` is what an insert without this column writes; `null`: nothing. */
export interface ColumnShape {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly fill: string | null
  /** Whether no two rows have the same value. */
  readonly unique: boolean
}

const NAME = '[`"]([^`"]+)[`"]'
const OURS = '[`"](latchkey_\\w+)[`"]'
const CREATE_TABLE = new RegExp(`^\\s*CREATE TABLE (?:${NAME}\\.)?${OURS}`)
const ADD_COLUMN = new RegExp(`^\\s*ALTER TABLE (?:${NAME}\\.)?${OURS} ADD (?:COLUMN )?${NAME}`)
const CREATE_INDEX = new RegExp(`^\\s*CREATE (?:UNIQUE )?INDEX ${NAME} ON (?:${NAME}\\.)?${OURS}`)
const DROP_TABLE = new RegExp(`^\\s*DROP TABLE (?:IF EXISTS )?(?:${NAME}\\.)?${OURS}`)

/**
 * What a statement creates of a table of this package; `null` for every other statement. An app that exports the table
 * from its own schema has it in its migrations, too, so that the later of both finds it there.
 */
export function createdPart(statement: string): TablePart | null {
  const [, tableSchema, table] = CREATE_TABLE.exec(statement) ?? []
  if (table !== undefined) return { schema: tableSchema, table }
  const [, columnSchema, columnTable, column] = ADD_COLUMN.exec(statement) ?? []
  if (columnTable !== undefined) return { schema: columnSchema, table: columnTable, column }
  const [, index, indexSchema, indexTable] = CREATE_INDEX.exec(statement) ?? []
  return indexTable === undefined ? null : { schema: indexSchema, table: indexTable, index }
}

/**
 * Refuses a migration that drops a table of this package, as drizzle-kit writes it once an app no longer exports the
 * table. Rebuilding the table is fine.
 * @throws LatchkeyError `table_conflict`
 */
export function refuseDrop(statements: readonly string[]): void {
  for (const statement of statements) {
    const table = DROP_TABLE.exec(statement)?.[2]
    if (table === undefined || statements.some((other) => isRename(other, table))) continue
    throw new LatchkeyError(
      'table_conflict',
      `A migration drops ${table}, which belongs to @latchkey/jwt-middleware, and rows that refer to it. ` +
        'Delete that statement from the migration. Nothing was changed.',
    )
  }
}

const isRename = (statement: string, table: string): boolean =>
  new RegExp(`RENAME TO [\`"]${table}[\`"]`).test(statement)

/** The columns that the schema of this package has. */
export const shippedShape = (table: Table): ColumnShape[] =>
  Object.values(getTableColumns(table)).map((column) => ({
    name: column.name,
    type: column.getSQLType(),
    notNull: column.notNull || column.primary,
    fill: fillOf(column),
    unique: column.primary || column.isUnique,
  }))

/** What a database assigns by itself, such as the next id. */
export const GENERATED = 'a generated number'

function fillOf(column: Column): string | null {
  if (column.primary && column.dataType === 'number') return GENERATED
  if (column.default === undefined) return null
  return plainDefault(is(column.default, SQL) ? textOf(column.default) : String(column.default))
}

const textOf = (expression: SQL): string =>
  expression.queryChunks.map((chunk) => (is(chunk, StringChunk) ? chunk.value.join('') : '')).join('')

/** A default without the casts, quotes and brackets that differ between what was written and what is stored. */
export const plainDefault = (expression: string): string =>
  expression
    .toLowerCase()
    .replaceAll(/::(?:[a-z]+ ?)+/g, '')
    .replaceAll(/[()'"\s]/g, '')
    .replace(/^false$/, '0')
    .replace(/^true$/, '1')

/** What differs between the shipped table and an existing one, in words. */
export function differences(shipped: readonly ColumnShape[], existing: readonly ColumnShape[]): string[] {
  const known = new Set(shipped.map(({ name }) => name))
  return [
    ...shipped.flatMap((column) => {
      const found = existing.find(({ name }) => name === column.name)
      return found ? columnDifferences(column, found) : [`${column.name} is missing`]
    }),
    ...existing
      .filter(({ name, notNull, fill }) => !known.has(name) && notNull && fill === null)
      .map(({ name }) => `${name} needs a default or must be nullable`),
  ]
}

function columnDifferences(shipped: ColumnShape, found: ColumnShape): string[] {
  const { name } = shipped
  const [fill, wanted] = [found.fill, shipped.fill].map((value) => (value === '' ? "''" : (value ?? 'none')))
  return [
    found.type === shipped.type ? [] : [`${name} is ${found.type} instead of ${shipped.type}`],
    found.notNull === shipped.notNull ? [] : [`${name} must ${shipped.notNull ? 'not ' : ''}be nullable`],
    found.fill === shipped.fill ? [] : [`the default of ${name} is ${fill} instead of ${wanted}`],
    found.unique || !shipped.unique ? [] : [`${name} must be unique`],
  ].flat()
}

/** Rejects a table of our name that is not ours. Nothing was changed. */
export const tableConflict = (table: string, different: readonly string[], cause?: unknown): LatchkeyError =>
  new LatchkeyError(
    'table_conflict',
    `The table ${table} exists, but differs from the one of @latchkey/jwt-middleware: ${different.join('; ')}. ` +
      'Nothing was changed. If your own migrations create it, run drizzle-kit generate and apply the result first. ' +
      'If it is something else, rename it, or name a table of your own with the option `table` (see userColumns)',
    cause === undefined ? undefined : { cause },
  )
