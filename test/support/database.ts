import { inject } from 'vitest'
import { createDatabase } from './postgres.ts'

/** Address of an empty database on the Postgres server that the test run started. */
export const freshPostgres = (): Promise<string> => createDatabase(inject('postgresUrl'))
