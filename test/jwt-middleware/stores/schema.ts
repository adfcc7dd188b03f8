import { readFileSync } from 'node:fs'
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api'

type Schema = Record<string, unknown>

/** The latest drizzle-kit snapshot in a migrations folder. */
function snapshot(folder: string): never {
  const meta = new URL(`../../../drizzle/app/${folder}/meta/`, import.meta.url)
  const { entries } = JSON.parse(readFileSync(new URL('_journal.json', meta), 'utf8'))
  const number = String(entries.length - 1).padStart(4, '0')
  return JSON.parse(readFileSync(new URL(`${number}_snapshot.json`, meta), 'utf8')) as never
}

/** What drizzle-kit would still have to write for the shipped migrations to match the schema. */
export const sqliteDrift = async (schema: Schema, folder = 'sqlite'): Promise<string[]> =>
  generateSQLiteMigration(snapshot(folder), await generateSQLiteDrizzleJson(schema))

export const postgresDrift = async (schema: Schema, folder = 'postgres'): Promise<string[]> =>
  generateMigration(snapshot(folder), generateDrizzleJson(schema))

/** The statements that create an app's own tables, as drizzle-kit writes them. */
export const sqliteTables = async (schema: Schema): Promise<string[]> =>
  generateSQLiteMigration(await generateSQLiteDrizzleJson({}), await generateSQLiteDrizzleJson(schema))

export const postgresTables = async (schema: Schema): Promise<string[]> =>
  generateMigration(generateDrizzleJson({}), generateDrizzleJson(schema))
