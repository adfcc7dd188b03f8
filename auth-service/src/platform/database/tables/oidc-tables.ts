import { sql } from 'drizzle-orm'
import type { PostgresColumns } from '../columns-postgres.ts'
import type { AppTables } from './app-tables.ts'
import type { SessionTables } from './session-tables.ts'
import type { UserTables } from './user-tables.ts'

/** Clients of OpenID Connect, and what oidc-provider stores. */
export function defineOidcTables(
  { table, ref, refOrNone, textRefOrNone, seconds, number, bool, text, index, primaryKey }: PostgresColumns,
  {
    users,
    apps,
    sessions,
  }: Pick<UserTables, 'users'> & Pick<AppTables, 'apps'> & Pick<SessionTables, 'sessions'>,
) {
  /** What makes a registered app a client of OpenID Connect: see oidc-clients.ts. */
  const oidcClients = table('oidc_clients', {
    appId: ref('app_id', () => apps.id).primaryKey(),
    /** As JSON lists. */
    redirectUris: text('redirect_uris').notNull(),
    postLogoutRedirectUris: text('post_logout_redirect_uris').notNull(),
    /** `token_endpoint_auth_method` (RFC 7591). */
    authMethod: text('auth_method').notNull(),
    /** Public keys of the app: a JWK Set (RFC 7517) as JSON, or its https URL. */
    keys: text('keys'),
    /** Whether it is the operator's own: its users are not asked for consent. */
    isFirstParty: bool('is_first_party').notNull(),
    /** Where it hears that a session has ended. */
    backChannelLogoutUri: text('back_channel_logout_uri'),
    /** Names of the groups that may use it, as JSON; `null` for all users. */
    groups: text('groups'),
    /** Whether its devices may sign in with a code that their user types elsewhere (RFC 8628). */
    deviceFlow: bool('device_flow').notNull().default(false),
  })

  /** What users allowed apps to see of them. */
  const oidcConsents = table(
    'oidc_consents',
    {
      userId: ref('user_id', () => users.id),
      appId: ref('app_id', () => apps.id),
      /** As a JSON list. */
      scopes: text('scopes').notNull(),
      grantedAt: seconds('granted_at').notNull(),
    },
    (columns) => [
      primaryKey({ columns: [columns.userId, columns.appId] }),
      index('oidc_consents_app_id').on(columns.appId),
    ],
  )

  /** The apps that a session is signed in to by OpenID Connect. A row outlives its session until the app was told. */
  const oidcSignIns = table(
    'oidc_sign_ins',
    {
      sid: text('sid').notNull(),
      appId: ref('app_id', () => apps.id),
      /** UUID of the user, which outlives the user. */
      sub: text('sub').notNull(),
      /** The claim `sid` for this app: apps must not recognise a session by it across each other. */
      clientSid: text('client_sid').notNull(),
      /** Id of the grant with which its tokens are revoked. */
      grantId: text('grant_id'),
      createdAt: seconds('created_at').notNull(),
      /** When to tell the app that the session has ended; `null` while it lives. */
      logoutDueAt: seconds('logout_due_at'),
      /** When it ended. */
      endedAt: seconds('ended_at'),
      attempts: number('attempts').notNull().default(0),
    },
    (columns) => [
      primaryKey({ columns: [columns.sid, columns.appId] }),
      index('oidc_sign_ins_sub').on(columns.sub),
      index('oidc_sign_ins_app_id').on(columns.appId),
      index('oidc_sign_ins_logout_due_at').on(columns.logoutDueAt).where(sql`logout_due_at IS NOT NULL`),
    ],
  )

  /** What oidc-provider stores: codes, tokens, grants, interactions. See oidc-adapter.ts. */
  const oidcRecords = table(
    'oidc_records',
    {
      /** Name of the model in oidc-provider. */
      model: text('model').notNull(),
      /** SHA-256 of the id, which is the secret of most models. */
      hash: text('hash').notNull(),
      /** As JSON, without the id. */
      payload: text('payload').notNull(),
      grantId: text('grant_id'),
      /** The session that it ends with. */
      sid: textRefOrNone('sid', () => sessions.id),
      appId: refOrNone('app_id', () => apps.id),
      consumedAt: seconds('consumed_at'),
      expiresAt: seconds('expires_at').notNull(),
      /** The domain of an app that describes itself, for what strangers can have stored: see record-cap.ts. */
      documentSite: text('document_site'),
    },
    (columns) => [
      primaryKey({ columns: [columns.model, columns.hash] }),
      index('oidc_records_document_site')
        .on(columns.documentSite, columns.expiresAt)
        .where(sql`document_site IS NOT NULL`),
      index('oidc_records_grant_id').on(columns.grantId),
      index('oidc_records_sid').on(columns.sid),
      index('oidc_records_app_id').on(columns.appId),
      index('oidc_records_expires_at').on(columns.expiresAt),
    ],
  )

  return { oidcClients, oidcConsents, oidcSignIns, oidcRecords }
}
