import { sql } from 'drizzle-orm'
import type { PostgresColumns } from '../columns-postgres.ts'
import type { AppTables } from './app-tables.ts'
import type { UserTables } from './user-tables.ts'

/** API tokens, and the devices that ask for one. */
export function defineTokenTables(
  { table, id, ref, refOrNone, seconds, number, bool, text, index, primaryKey }: PostgresColumns,
  { users, apps }: Pick<UserTables, 'users'> & Pick<AppTables, 'apps'>,
) {
  /** API tokens of users, and of apps themselves: see api-tokens. A revoked token has no row. */
  const apiTokens = table(
    'api_tokens',
    {
      id: id('id'),
      /** Its name for apps, in the feed and on pages. */
      publicId: text('public_id').notNull().unique(),
      /** SHA-256 of the token. */
      hash: text('hash').notNull().unique(),
      /** Its first characters, to recognise it by. */
      start: text('start').notNull(),
      /** The user it stands for; `null` for a token of an app itself. */
      userId: refOrNone('user_id', () => users.id),
      /** The app it stands for, without a user. */
      ownAppId: refOrNone('own_app_id', () => apps.id),
      name: text('name').notNull(),
      /** Whether every app accepts it; otherwise those in api_token_apps. */
      allApps: bool('all_apps').notNull(),
      /** Names of permissions, as JSON. */
      scopes: text('scopes').notNull(),
      createdAt: seconds('created_at').notNull(),
      /** `null`: never. */
      expiresAt: seconds('expires_at'),
      /** The device that created it. */
      userAgent: text('user_agent').notNull(),
      address: text('address').notNull(),
      lastUsedAt: seconds('last_used_at'),
      /** The app that asked last. */
      lastUsedApp: text('last_used_app'),
      lastUsedAddress: text('last_used_address'),
    },
    (columns) => [
      index('api_tokens_user_id').on(columns.userId, columns.id),
      index('api_tokens_own_app_id').on(columns.ownAppId),
      index('api_tokens_expires_at').on(columns.expiresAt).where(sql`expires_at IS NOT NULL`),
    ],
  )

  /** The apps that accept a token. */
  const apiTokenApps = table(
    'api_token_apps',
    {
      tokenId: ref('token_id', () => apiTokens.id),
      appId: ref('app_id', () => apps.id),
    },
    (columns) => [
      primaryKey({ columns: [columns.tokenId, columns.appId] }),
      index('api_token_apps_app_id').on(columns.appId),
    ],
  )

  /** Requests of devices without a browser for an API token (RFC 8628): see device-authorization.ts. */
  const deviceRequests = table(
    'device_requests',
    {
      /** SHA-256 of the device code. */
      hash: text('hash').primaryKey(),
      /** What the user compares or types. */
      userCode: text('user_code').notNull().unique(),
      /** The registered app whose client id the device sent; `null` for a device without one. */
      clientAppId: refOrNone('client_app_id', () => apps.id),
      deviceName: text('device_name').notNull(),
      /** Names of the apps that are to accept the token, as JSON; `null` for all. */
      appNames: text('app_names'),
      scopes: text('scopes').notNull(),
      userAgent: text('user_agent').notNull(),
      address: text('address').notNull(),
      createdAt: seconds('created_at').notNull(),
      expiresAt: seconds('expires_at').notNull(),
      /** How long the device must wait between two polls, in seconds. */
      pollInterval: number('poll_interval').notNull(),
      polledAt: seconds('polled_at'),
      /** The user who allowed it. */
      userId: refOrNone('user_id', () => users.id),
      deniedAt: seconds('denied_at'),
      /** What oidc-provider stores of it, as JSON, if the app asked by OpenID Connect; `null` for an API token. */
      oidc: text('oidc'),
    },
    (columns) => [
      index('device_requests_expires_at').on(columns.expiresAt),
      index('device_requests_user_id').on(columns.userId),
      index('device_requests_client_app_id').on(columns.clientAppId),
    ],
  )

  return { apiTokens, apiTokenApps, deviceRequests }
}
