import { sql } from 'drizzle-orm'
import type { PostgresColumns } from './columns-postgres.ts'

/** The tables of the service. */
export type Tables = ReturnType<typeof defineTables>

/**
 * Describes every table once for both dialects, from the columns of one. The types are those of Postgres, so that
 * queries are written once, too. Times are seconds since 1970.
 */
export function defineTables({
  table,
  id,
  ref,
  refOrNone,
  textRefOrNone,
  seconds,
  number,
  small,
  bool,
  text,
  index,
  uniqueIndex,
  primaryKey,
}: PostgresColumns) {
  const users = table(
    'users',
    {
      id: id('id'),
      uuid: text('uuid').notNull().unique(),
      /** As typed. */
      email: text('email').notNull(),
      /** Decides whether two emails are the same: see canonicalEmail. */
      emailCanonical: text('email_canonical').notNull().unique(),
      firstName: text('first_name').notNull(),
      lastName: text('last_name').notNull(),
      password: text('password').notNull(),
      isActive: bool('is_active').notNull(),
      isStaff: bool('is_staff').notNull(),
      isSuperuser: bool('is_superuser').notNull(),
      createdAt: seconds('created_at').notNull(),
      changedAt: seconds('changed_at').notNull(),
      /** Grows with every change of what tokens contain: see changed-at.ts. */
      version: number('version').notNull().default(1),
      lastLoginAt: seconds('last_login_at'),
      /** When the user proved that the email is theirs. */
      emailVerifiedAt: seconds('email_verified_at'),
      /** When the account will be deleted, unless the user signs in before. */
      deletionDueAt: seconds('deletion_due_at'),
      /** When the user registered, while the address must still be verified; `null` otherwise. */
      unconfirmedSince: seconds('unconfirmed_since'),
      /** Code of the language of mails to this user; `null` if unknown. */
      language: text('language'),
      /** Name of the time zone of times in mails and on pages; `null` if unknown. */
      timeZone: text('time_zone'),
      /** Grows when all devices of this user are forgotten: see known-devices.ts. */
      deviceEpoch: small('device_epoch').notNull().default(0),
    },
    (columns) => [
      index('users_created_at').on(columns.createdAt),
      index('users_deletion_due_at').on(columns.deletionDueAt).where(sql`deletion_due_at IS NOT NULL`),
      index('users_unconfirmed_since').on(columns.unconfirmedSince).where(sql`unconfirmed_since IS NOT NULL`),
      // The filters of the admin pages, in each order.
      index('users_is_active').on(columns.isActive, columns.id),
      index('users_is_active_email').on(columns.isActive, columns.emailCanonical),
      index('users_staff').on(columns.id).where(sql`is_staff`),
      index('users_staff_email').on(columns.emailCanonical).where(sql`is_staff`),
      index('users_superusers').on(columns.id).where(sql`is_superuser`),
      index('users_superusers_email').on(columns.emailCanonical).where(sql`is_superuser`),
      index('users_unverified').on(columns.id).where(sql`email_verified_at IS NULL`),
      index('users_unverified_email').on(columns.emailCanonical).where(sql`email_verified_at IS NULL`),
    ],
  )

  const sessions = table(
    'sessions',
    {
      id: text('id').primaryKey(),
      userId: ref('user_id', () => users.id),
      currentJti: text('current_jti').notNull(),
      previousJti: text('previous_jti'),
      /** When the current refresh token was issued: its `iat`. */
      rotatedAt: seconds('rotated_at').notNull(),
      createdAt: seconds('created_at').notNull(),
      lastUsedAt: seconds('last_used_at').notNull(),
      /** The end, even of a session that is in use. */
      expiresAt: seconds('expires_at').notNull(),
      /** The end unless the session is renewed before: `exp` of the current refresh token. */
      idleExpiresAt: seconds('idle_expires_at').notNull(),
      /** The longest lifetime of its access tokens. Sessions from before this column have the longest possible. */
      accessTtl: seconds('access_ttl').notNull().default(3600),
      /** Whether the cookies outlive the browser: "keep me signed in". */
      isPersistent: bool('is_persistent').notNull().default(true),
      /** SHA-256 of the secret in the `session` cookie; `null` for sessions older than that cookie. */
      secretHash: text('secret_hash'),
      /** When the user last proved who they are, for example by the password. */
      authenticatedAt: seconds('authenticated_at').notNull().default(0),
      /** How they did: a value of the claim `amr` (RFC 8176); `null` for sessions older than this column. */
      amr: text('amr', { enum: ['pwd', 'otp'] }),
      userAgent: text('user_agent').notNull(),
      address: text('address').notNull(),
      /** The app that signed in on a device of its own (RFC 8628), and to which the session belongs; `null` for browsers. */
      deviceAppId: refOrNone('device_app_id', () => apps.id),
    },
    (columns) => [
      index('sessions_user_id').on(columns.userId),
      index('sessions_device_app_id').on(columns.deviceAppId).where(sql`device_app_id IS NOT NULL`),
      index('sessions_idle_expires_at').on(columns.idleExpiresAt, columns.createdAt),
    ],
  )

  const signingKeys = table(
    'signing_keys',
    {
      kid: text('kid').primaryKey(),
      alg: text('alg', { enum: ['ES256', 'RS256', 'EdDSA'] }).notNull(),
      state: text('state', { enum: ['next', 'current', 'retiring'] }).notNull(),
      /** RFC 7517, as JSON. */
      publicJwk: text('public_jwk').notNull(),
      /** PKCS #8, encrypted with SECRET_KEY; empty once the key no longer signs. */
      privateKey: text('private_key').notNull(),
      createdAt: seconds('created_at').notNull(),
      changedAt: seconds('changed_at').notNull(),
    },
    // Even if several processes start at once, there is one current key and one next key.
    (columns) => [uniqueIndex('signing_keys_one_a_state').on(columns.state).where(sql`state <> 'retiring'`)],
  )

  /**
   * Entries for apps: see revocation-entries.ts. One of sid, sub, kid and api_token is set, or sub and api_token. Entries
   * with apps_changed are for the processes of this service alone.
   */
  const revocations = table(
    'revocations',
    {
      /** Grows in the order of commits; never reused. */
      id: id('id'),
      /** The session that has ended or, with `before`, whose older tokens are stale. */
      sid: text('sid'),
      /** For tokens without a version: those issued before this time are older. */
      before: seconds('before'),
      /** Tokens with a lower version are older; `null` in entries from before this column. */
      version: number('version'),
      /** UUID of a user who was deleted or, with `before`, whose sessions with older tokens have ended. */
      sub: text('sub'),
      /** The one session of that user that continues. */
      kept: text('kept'),
      /** Ids of the sessions that ended with it, as JSON: for older apps, which do not know entries with `sub` and `before`. */
      sids: text('sids'),
      /** Id of the API token that was revoked or, with `sub`, `*`: what is known of the user's API tokens is outdated. */
      apiToken: text('api_token'),
      /** The signing key that was withdrawn or, with `jwk`, published. */
      kid: text('kid'),
      /** Its public half (RFC 7517, as JSON). */
      jwk: text('jwk'),
      /** What is known of the registered apps is outdated. */
      appsChanged: bool('apps_changed').notNull().default(false),
      /** When apps may forget this entry. */
      exp: seconds('exp').notNull(),
    },
    (columns) => [index('revocations_sid').on(columns.sid), index('revocations_exp').on(columns.exp)],
  )

  /** Security events, for the history of users and for the operator: see audit-log.ts. */
  const auditLog = table(
    'audit_log',
    {
      id: id('id'),
      at: seconds('at').notNull(),
      /** Stable name, e.g. `refresh_token_reused`. */
      event: text('event').notNull(),
      /** UUID of the user it happened to; kept after the user is deleted. */
      subject: text('subject'),
      /** UUID of the user who did it, if known. */
      actor: text('actor'),
      /** The session it belongs to. */
      sid: text('sid'),
      userAgent: text('user_agent').notNull(),
      address: text('address').notNull(),
      /** Further facts, as JSON; never a secret. */
      details: text('details').notNull(),
    },
    (columns) => [
      index('audit_log_subject').on(columns.subject, columns.id),
      index('audit_log_at').on(columns.at),
      index('audit_log_event').on(columns.event, columns.at),
      index('audit_log_actor').on(columns.actor, columns.at),
      index('audit_log_address').on(columns.address, columns.at),
    ],
  )

  /** Mails to send and sent ones. Text and HTML are encrypted, and emptied once sent: see mail-encryption.ts. */
  const outbox = table(
    'outbox',
    {
      id: id('id'),
      recipient: text('recipient').notNull(),
      /** UUID of the user whose account it is about: the mail is deleted with the account, even if it went to another address. */
      person: text('person'),
      subject: text('subject').notNull(),
      text: text('text').notNull(),
      html: text('html'),
      createdAt: seconds('created_at').notNull(),
      attempts: number('attempts').notNull(),
      /** When to try next; `null` once sent or failed. */
      dueAt: seconds('due_at'),
      sentAt: seconds('sent_at'),
    },
    (columns) => [
      index('outbox_due_at').on(columns.dueAt),
      index('outbox_created_at').on(columns.createdAt),
      index('outbox_recipient').on(columns.recipient),
      index('outbox_person').on(columns.person),
    ],
  )

  const groups = table('groups', {
    id: id('id'),
    name: text('name').notNull().unique(),
    createdAt: seconds('created_at').notNull(),
  })

  const groupMembers = table(
    'group_members',
    {
      groupId: ref('group_id', () => groups.id),
      userId: ref('user_id', () => users.id),
    },
    (columns) => [
      primaryKey({ columns: [columns.userId, columns.groupId] }),
      index('group_members_group_id').on(columns.groupId),
    ],
  )

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

  const invitations = table(
    'invitations',
    {
      id: id('id'),
      /** SHA-256 of the token in the link. */
      tokenHash: text('token_hash').notNull().unique(),
      /** The recipient; `null` if anyone with the link may accept. */
      email: text('email'),
      isStaff: bool('is_staff').notNull(),
      /** UUID of the inviting user. */
      invitedBy: text('invited_by'),
      createdAt: seconds('created_at').notNull(),
      expiresAt: seconds('expires_at').notNull(),
      acceptedAt: seconds('accepted_at'),
      /** UUID of the user who accepted. */
      acceptedBy: text('accepted_by'),
    },
    (columns) => [
      index('invitations_created_at').on(columns.createdAt),
      index('invitations_email').on(columns.email),
      index('invitations_accepted_by').on(columns.acceptedBy),
    ],
  )

  /** Changes of stored data made by code, each once: see data-migrations. */
  const dataMigrations = table('data_migrations', {
    name: text('name').primaryKey(),
    doneAt: seconds('done_at').notNull(),
  })

  /** Mailed tokens that prove control of an address; used up by deleting the row. */
  const oneTimeTokens = table(
    'one_time_tokens',
    {
      /** SHA-256 of the token in the link. */
      hash: text('hash').primaryKey(),
      purpose: text('purpose', {
        enum: ['verify_email', 'reset_password', 'change_email', 'sign_in'],
      }).notNull(),
      userId: ref('user_id', () => users.id),
      /** The address it was mailed to; for a change of address, the new one. */
      email: text('email').notNull(),
      /** Hash of the six-digit code that can be used instead, if any. */
      codeHash: text('code_hash'),
      /** Number of wrong codes so far. */
      attempts: number('attempts').notNull(),
      createdAt: seconds('created_at').notNull(),
      expiresAt: seconds('expires_at').notNull(),
    },
    (columns) => [
      index('one_time_tokens_user_id').on(columns.userId, columns.purpose),
      index('one_time_tokens_expires_at').on(columns.expiresAt),
    ],
  )

  /** Responses to recently submitted forms, to repeat when the same form is submitted again. */
  const formAnswers = table(
    'form_answers',
    {
      /** Keyed hash of the form, its contents and the browser. */
      key: text('key').primaryKey(),
      /** Encrypted; while the form is being handled, the claim of the request that handles it (`claim.…`). */
      answer: text('answer'),
      expiresAt: seconds('expires_at').notNull(),
    },
    (columns) => [index('form_answers_expires_at').on(columns.expiresAt)],
  )

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

  return {
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
  }
}
