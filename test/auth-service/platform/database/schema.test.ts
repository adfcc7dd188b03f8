import { readFileSync } from 'node:fs'
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api'
import { getTableColumns, getTableName, type Table } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import * as postgres from '../../../../auth-service/src/platform/database/schema-postgres.ts'
import * as sqlite from '../../../../auth-service/src/platform/database/schema-sqlite.ts'

/** The latest drizzle-kit snapshot of a dialect's migrations. */
function snapshot(dialect: string): never {
  const meta = new URL(`../../../../drizzle/auth/${dialect}/meta/`, import.meta.url)
  const { entries } = JSON.parse(readFileSync(new URL('_journal.json', meta), 'utf8'))
  const number = String(entries.length - 1).padStart(4, '0')
  return JSON.parse(readFileSync(new URL(`${number}_snapshot.json`, meta), 'utf8')) as never
}

const outline = (table: Table) => ({
  name: getTableName(table),
  columns: Object.entries(getTableColumns(table)).map(([property, { name, notNull, dataType }]) => ({
    property,
    name,
    notNull,
    dataType,
  })),
})

describe('The two schemas', () => {
  it('agree on every table, property, column and type of value', () => {
    const { serviceLocks: _, ...shared } = postgres
    expect(Object.values(sqlite).map(outline)).toEqual(Object.values(shared).map(outline))
  })

  it('match the migrations: nothing is left to generate', async () => {
    expect(
      await generateSQLiteMigration(snapshot('sqlite'), await generateSQLiteDrizzleJson(sqlite)),
    ).toEqual([])
    expect(await generateMigration(snapshot('postgres'), generateDrizzleJson(postgres))).toEqual([])
  })
})
