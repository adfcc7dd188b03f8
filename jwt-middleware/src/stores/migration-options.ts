import { fileURLToPath } from 'node:url'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'

/** Where migrations come from, and where they are recorded. */
export interface MigrationOptions {
  /** A folder written by drizzle-kit, with `meta/_journal.json`. */
  readonly folder: URL
  /**
   * The table with the applied migrations. Each owner of tables in one database needs its own. Default: drizzle's own
   * (`__drizzle_migrations`; on Postgres in the schema `drizzle`), so that `drizzle-kit migrate` continues there.
   */
  readonly table?: string | undefined
}

/** Where drizzle's own migrators keep their records. */
export const DRIZZLE_TABLE = '__drizzle_migrations'
export const DRIZZLE_SCHEMA = 'drizzle'

/** Migrations that are part of the code, so that bundlers, which move files, carry them along. */
export interface BundledMigrations {
  readonly migrations: readonly MigrationMeta[]
  readonly table: string
}

/** The migrations of a folder, or those of the code, oldest first. */
export const migrationsOf = (from: MigrationOptions | BundledMigrations): readonly MigrationMeta[] =>
  'migrations' in from
    ? from.migrations
    : readMigrationFiles({ migrationsFolder: fileURLToPath(from.folder) })
