import { pgTable, smallint } from 'drizzle-orm/pg-core'
import { postgresColumns } from './columns-postgres.ts'
import { defineTables } from './tables/all-tables.ts'

// drizzle-kit, which writes the migrations, reads one export per table.
export const {
  users,
  sessions,
  signingKeys,
  revocations,
  auditLog,
  outbox,
  groups,
  groupMembers,
  apps,
  appSecrets,
  appPermissions,
  apiTokens,
  apiTokenApps,
  deviceRequests,
  invitations,
  dataMigrations,
  oneTimeTokens,
  formAnswers,
  oidcClients,
  oidcConsents,
  oidcSignIns,
  oidcRecords,
  samlServiceProviders,
  samlKeys,
  samlRequests,
  samlSignIns,
  samlLogouts,
} = defineTables(postgresColumns)

/** See service-locks.ts. SQLite has one writer, and needs no locks. */
export const serviceLocks = pgTable('service_locks', { id: smallint('id').primaryKey() })
