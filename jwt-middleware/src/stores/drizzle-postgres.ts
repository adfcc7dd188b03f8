export { migratePostgres } from './migrate-postgres.ts'
export type { MigrationOptions } from './migrate-sqlite.ts'
