import type { PostgresColumns } from '../columns-postgres.ts'

export type AppTables = ReturnType<typeof defineAppTables>

/** The registered apps, their credentials, and what users may do in them. */
export function defineAppTables({ table, id, ref, seconds, text, index, primaryKey }: PostgresColumns) {
  /** Registered apps: shown on the account page, and allowed as return addresses (`next`). */
  const apps = table('apps', {
    id: id('id'),
    name: text('name').notNull().unique(),
    /** Origins allowed in `next`, as a JSON list. */
    origins: text('origins').notNull(),
    /** The target of its tile on the account page. */
    startUrl: text('start_url').notNull(),
    /** A few letters or an emoji for the tile. */
    icon: text('icon').notNull(),
    /** Who may open which path behind a proxy, in order, as JSON: see app-rules.ts. */
    rules: text('rules').notNull().default('[]'),
    /**
     * Permissions that tokens of the app itself may have, as a JSON list; `*` for all: see token-scopes.ts. The default is
     * for apps of earlier versions, which could have all.
     */
    tokenScopes: text('token_scopes').notNull().default('["*"]'),
    /** Set with the first secret: see app-credentials.ts. */
    clientId: text('client_id').unique(),
    createdAt: seconds('created_at').notNull(),
    changedAt: seconds('changed_at').notNull(),
  })

  /** The secrets with which registered apps identify themselves, at most two of each. */
  const appSecrets = table(
    'app_secrets',
    {
      id: id('id'),
      appId: ref('app_id', () => apps.id),
      /** SHA-256 of the secret. */
      hash: text('hash').notNull().unique(),
      /** Its first characters, to recognise it by. */
      start: text('start').notNull(),
      createdAt: seconds('created_at').notNull(),
      /** When it stops working; `null` for the current one. */
      expiresAt: seconds('expires_at'),
      lastUsedAt: seconds('last_used_at'),
    },
    (columns) => [index('app_secrets_app_id').on(columns.appId)],
  )

  /** What users may do in a registered app, as the app publishes it: see app-permissions.ts. */
  const appPermissions = table(
    'app_permissions',
    {
      appId: ref('app_id', () => apps.id),
      name: text('name').notNull(),
      description: text('description').notNull(),
      /** Names of the groups that have it, as JSON. */
      groups: text('groups').notNull(),
      /** A path of the app that answers `GET` with it; `null` if the app names none. */
      path: text('path'),
    },
    (columns) => [primaryKey({ columns: [columns.appId, columns.name] })],
  )

  return { apps, appSecrets, appPermissions }
}
