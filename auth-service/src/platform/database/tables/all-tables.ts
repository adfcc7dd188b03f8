import type { PostgresColumns } from '../columns-postgres.ts'
import { defineAccountTables } from './account-tables.ts'
import { defineAppTables } from './app-tables.ts'
import { defineEventTables } from './event-tables.ts'
import { defineOidcTables } from './oidc-tables.ts'
import { definePlatformTables } from './platform-tables.ts'
import { defineSamlTables } from './saml-tables.ts'
import { defineSessionTables } from './session-tables.ts'
import { defineTokenTables } from './token-tables.ts'
import { defineUserTables } from './user-tables.ts'

/** The tables of the service. */
export type Tables = ReturnType<typeof defineTables>

/**
 * Describes every table once for both dialects, from the columns of one. The types are those of Postgres, so that
 * queries are written once, too. Times are seconds since 1970.
 */
export function defineTables(columns: PostgresColumns) {
  const userTables = defineUserTables(columns)
  const appTables = defineAppTables(columns)
  const owners = { ...userTables, ...appTables }
  const sessionTables = defineSessionTables(columns, owners)
  return {
    ...userTables,
    ...appTables,
    ...sessionTables,
    ...defineEventTables(columns),
    ...defineTokenTables(columns, owners),
    ...defineAccountTables(columns, owners),
    ...definePlatformTables(columns),
    ...defineOidcTables(columns, { ...owners, ...sessionTables }),
    ...defineSamlTables(columns, owners),
  }
}
