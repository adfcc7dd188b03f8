export { type MigrationOptions, migrateSqlite } from './migrate-sqlite.ts'
