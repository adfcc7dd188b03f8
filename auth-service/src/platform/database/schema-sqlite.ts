import { sqliteColumns } from './columns-sqlite.ts'
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
} = defineTables(sqliteColumns)
