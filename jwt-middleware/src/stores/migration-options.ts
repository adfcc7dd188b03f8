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
