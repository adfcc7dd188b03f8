import { sql } from 'drizzle-orm'
import type { PostgresColumns } from '../columns-postgres.ts'
import type { AppTables } from './app-tables.ts'

/** Service providers of SAML, their requests, sign-ins and sign-outs, and the keys for them. */
export function defineSamlTables(
  { table, ref, seconds, number, bool, text, index, uniqueIndex, primaryKey }: PostgresColumns,
  { apps }: Pick<AppTables, 'apps'>,
) {
  /** What makes a registered app a service provider of SAML 2.0: see service-providers.ts. */
  const samlServiceProviders = table('saml_service_providers', {
    appId: ref('app_id', () => apps.id).primaryKey(),
    entityId: text('entity_id').notNull().unique(),
    /** Its assertion consumer services, as a JSON list; the first one is the default. */
    consumers: text('consumers').notNull(),
    sloUrl: text('slo_url'),
    sloBinding: text('slo_binding').notNull(),
    /** Where answers to its logout requests go, if elsewhere. */
    sloResponseUrl: text('slo_response_url'),
    /** Where it hears of them without a browser. */
    soapUrl: text('soap_url'),
    /** With which it signs: base64 of X.509 in DER, as a JSON list. */
    certificates: text('certificates').notNull(),
    /** For which assertions are encrypted. */
    encryptionCertificate: text('encryption_certificate'),
    nameIdFormat: text('name_id_format').notNull(),
    requiresSignedRequests: bool('requires_signed_requests').notNull(),
    encryptsAssertions: bool('encrypts_assertions').notNull(),
    /** Whether its link on the account page begins a sign-in without a request. */
    startsHere: bool('starts_here').notNull().default(false),
    /** Names of the groups that may use it, as JSON; `null` for all users. */
    groups: text('groups'),
  })

  /** The keys that sign SAML messages, each with its certificate: see saml-keys.ts. */
  const samlKeys = table(
    'saml_keys',
    {
      id: text('id').primaryKey(),
      state: text('state', { enum: ['next', 'current', 'retiring'] }).notNull(),
      /** X.509 in DER, as base64. */
      certificate: text('certificate').notNull(),
      /** PKCS #8, encrypted with SECRET_KEY; empty once the key no longer signs. */
      privateKey: text('private_key').notNull(),
      createdAt: seconds('created_at').notNull(),
      changedAt: seconds('changed_at').notNull(),
    },
    (columns) => [uniqueIndex('saml_keys_one_per_state').on(columns.state).where(sql`state <> 'retiring'`)],
  )

  /** Requests of service providers: those that wait for the user, and those that must not come again. */
  const samlRequests = table(
    'saml_requests',
    {
      /** Random: the address of the page where the user answers. */
      id: text('id').primaryKey(),
      appId: ref('app_id', () => apps.id),
      /** `ID` of the request. */
      requestId: text('request_id').notNull(),
      /** What it asks for, as JSON. */
      content: text('content').notNull(),
      receivedAt: seconds('received_at').notNull(),
      /** Id of the session whose user has proved who they are for this request. */
      provedBy: text('proved_by'),
      answeredAt: seconds('answered_at'),
      expiresAt: seconds('expires_at').notNull(),
    },
    (columns) => [
      uniqueIndex('saml_requests_once').on(columns.appId, columns.requestId),
      index('saml_requests_expires_at').on(columns.expiresAt),
    ],
  )

  /** The service providers that a session is signed in to, and those that are to hear that it has ended. */
  const samlSignIns = table(
    'saml_sign_ins',
    {
      /** Outlives the session, until the app was told. */
      sid: text('sid').notNull(),
      appId: ref('app_id', () => apps.id),
      /** How the service provider knows the session, and the user. */
      sessionIndex: text('session_index').notNull(),
      nameId: text('name_id').notNull(),
      nameIdFormat: text('name_id_format').notNull(),
      createdAt: seconds('created_at').notNull(),
      /** When to tell the app that the session has ended; `null` while it lives. */
      logoutDueAt: seconds('logout_due_at'),
      /** When it ended. */
      endedAt: seconds('ended_at'),
      attempts: number('attempts').notNull().default(0),
    },
    (columns) => [
      primaryKey({ columns: [columns.sid, columns.appId] }),
      index('saml_sign_ins_session_index').on(columns.appId, columns.sessionIndex),
      index('saml_sign_ins_logout_due_at').on(columns.logoutDueAt).where(sql`logout_due_at IS NOT NULL`),
    ],
  )

  /** Sign-outs that go from one service provider to the next. */
  const samlLogouts = table(
    'saml_logouts',
    {
      /** Random: the address where the browser continues. */
      id: text('id').primaryKey(),
      /** The apps to tell, and the app that gets the answer at the end: as JSON. */
      content: text('content').notNull(),
      /** `ID` of the logout request that waits for an answer. */
      requestId: text('request_id'),
      expiresAt: seconds('expires_at').notNull(),
    },
    (columns) => [
      index('saml_logouts_request_id').on(columns.requestId),
      index('saml_logouts_expires_at').on(columns.expiresAt),
    ],
  )

  return { samlServiceProviders, samlKeys, samlRequests, samlSignIns, samlLogouts }
}
