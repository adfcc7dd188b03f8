import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

// Property names are the same as in schema-postgres.ts: the queries are written once. Times are seconds.

export const users = sqliteTable(
  'users',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    uuid: text('uuid').notNull().unique(),
    /** As typed. */
    email: text('email').notNull(),
    /** What tells whether two e-mails are one: see canonicalEmail. */
    emailCanonical: text('email_canonical').notNull().unique(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    password: text('password').notNull(),
    isActive: integer('is_active', { mode: 'boolean' }).notNull(),
    isStaff: integer('is_staff', { mode: 'boolean' }).notNull(),
    isSuperuser: integer('is_superuser', { mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    changedAt: integer('changed_at').notNull(),
    /** Grows with every change that tokens tell of: see changed-again.ts. */
    version: integer('version').notNull().default(1),
    lastLoginAt: integer('last_login_at'),
    /** When the person showed that the e-mail is theirs. */
    emailVerifiedAt: integer('email_verified_at'),
    /** When the account goes, unless its person comes back before. */
    deletionDueAt: integer('deletion_due_at'),
    /** When a person registered who has to confirm the address and has not yet; `null` for everybody else. */
    unconfirmedSince: integer('unconfirmed_since'),
    /** Code of the language that they are written to in; `null` where nobody knows. */
    language: text('language'),
    /** Name of the time zone that times are told them in; `null` where nobody knows. */
    timeZone: text('time_zone'),
    /** Grows when the person's devices stop being known: see known-devices.ts. */
    deviceEpoch: integer('device_epoch').notNull().default(0),
  },
  (table) => [
    index('users_created_at').on(table.createdAt),
    index('users_deletion_due_at').on(table.deletionDueAt).where(sql`deletion_due_at IS NOT NULL`),
    index('users_unconfirmed_since').on(table.unconfirmedSince).where(sql`unconfirmed_since IS NOT NULL`),
    // What administrators filter by, in each order that they may ask for.
    index('users_is_active').on(table.isActive, table.id),
    index('users_is_active_email').on(table.isActive, table.emailCanonical),
    index('users_staff').on(table.id).where(sql`is_staff`),
    index('users_staff_email').on(table.emailCanonical).where(sql`is_staff`),
    index('users_superusers').on(table.id).where(sql`is_superuser`),
    index('users_superusers_email').on(table.emailCanonical).where(sql`is_superuser`),
    index('users_unverified').on(table.id).where(sql`email_verified_at IS NULL`),
    index('users_unverified_email').on(table.emailCanonical).where(sql`email_verified_at IS NULL`),
  ],
)

export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    currentJti: text('current_jti').notNull(),
    previousJti: text('previous_jti'),
    /** When the current refresh token was issued: its `iat`. */
    rotatedAt: integer('rotated_at').notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at').notNull(),
    /** The end, however busy the session is. */
    expiresAt: integer('expires_at').notNull(),
    /** The end unless it is renewed before: the current refresh token's `exp`. */
    idleExpiresAt: integer('idle_expires_at').notNull(),
    /** The longest lifetime that its access tokens were given. Sessions from before this column: the longest possible. */
    accessTtl: integer('access_ttl').notNull().default(3600),
    /** Whether the cookies outlive the browser: "keep me signed in". */
    isPersistent: integer('is_persistent', { mode: 'boolean' }).notNull().default(true),
    /** SHA-256 of the secret in the `session` cookie; `null` for sessions older than that cookie. */
    secretHash: text('secret_hash'),
    /** When the person last proved who they are, e.g. by the password. */
    authenticatedAt: integer('authenticated_at').notNull().default(0),
    userAgent: text('user_agent').notNull(),
    address: text('address').notNull(),
  },
  (table) => [
    index('sessions_user_id').on(table.userId),
    index('sessions_idle_expires_at').on(table.idleExpiresAt, table.createdAt),
  ],
)

export const signingKeys = sqliteTable(
  'signing_keys',
  {
    kid: text('kid').primaryKey(),
    alg: text('alg', { enum: ['ES256', 'RS256', 'EdDSA'] }).notNull(),
    state: text('state', { enum: ['next', 'current', 'retiring'] }).notNull(),
    /** RFC 7517, as JSON. */
    publicJwk: text('public_jwk').notNull(),
    /** PKCS #8, sealed with SECRET_KEY; empty where it signs no more. */
    privateKey: text('private_key').notNull(),
    createdAt: integer('created_at').notNull(),
    changedAt: integer('changed_at').notNull(),
  },
  // However many processes start at once, one key signs and one comes next.
  (table) => [uniqueIndex('signing_keys_one_a_state').on(table.state).where(sql`state <> 'retiring'`)],
)

/** What apps must hear of: see revocations.ts. One of sid, sub and kid says what it is about. */
export const revocations = sqliteTable(
  'revocations',
  {
    /** Grows in the order of commits, and is never given twice. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The session that is over or, with `before`, whose older tokens are stale. */
    sid: text('sid'),
    /** Tokens are older that were issued before that moment: those without a version. */
    before: integer('before'),
    /** Tokens are older that have a lower version; `null` in entries from before this column. */
    version: integer('version'),
    /** The uuid of a person who was deleted or, with `before`, whose sessions are over as far as their tokens are older. */
    sub: text('sub'),
    /** The one session of that person that goes on. */
    kept: text('kept'),
    /** Ids of the sessions that are over with it, as JSON: for apps that know no entries about the sessions of a person. */
    sids: text('sids'),
    /** The signing key that was withdrawn or, with `jwk`, published. */
    kid: text('kid'),
    /** Its public half (RFC 7517, as JSON). */
    jwk: text('jwk'),
    /** When everybody may forget it. */
    exp: integer('exp').notNull(),
  },
  (table) => [index('revocations_sid').on(table.sid), index('revocations_exp').on(table.exp)],
)

/** What happened to whom, for people's security history and for the operator: see audit-log.ts. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    /** Stable name, e.g. `refresh_token_reused`. */
    event: text('event').notNull(),
    /** Uuid of the person it happened to; outlives the person. */
    subject: text('subject'),
    /** Uuid of the person who did it, where that is known. */
    actor: text('actor'),
    /** The session it belongs to. */
    sid: text('sid'),
    userAgent: text('user_agent').notNull(),
    address: text('address').notNull(),
    /** Further facts, as JSON; never a secret. */
    details: text('details').notNull(),
  },
  (table) => [
    index('audit_log_subject').on(table.subject, table.id),
    index('audit_log_at').on(table.at),
    index('audit_log_event').on(table.event, table.at),
    index('audit_log_actor').on(table.actor, table.at),
    index('audit_log_address').on(table.address, table.at),
  ],
)

/** Mail that is to be sent, or was; text and HTML are encrypted, and empty once they were sent: see mail-encryption.ts. */
export const outbox = sqliteTable(
  'outbox',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    recipient: text('recipient').notNull(),
    /** Uuid of the person whose account it is about: it goes with the account, wherever it was sent. */
    person: text('person'),
    subject: text('subject').notNull(),
    text: text('text').notNull(),
    html: text('html'),
    createdAt: integer('created_at').notNull(),
    /** How often delivery was tried. */
    attempts: integer('attempts').notNull(),
    /** When to try next; `null` once it is sent or given up. */
    dueAt: integer('due_at'),
    sentAt: integer('sent_at'),
  },
  (table) => [
    index('outbox_due_at').on(table.dueAt),
    index('outbox_created_at').on(table.createdAt),
    index('outbox_recipient').on(table.recipient),
    index('outbox_person').on(table.person),
  ],
)

export const groups = sqliteTable('groups', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name').notNull().unique(),
  createdAt: integer('created_at').notNull(),
})

export const groupMembers = sqliteTable(
  'group_members',
  {
    groupId: integer('group_id')
      .notNull()
      .references(() => groups.id, { onDelete: 'cascade' }),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.groupId] }),
    index('group_members_group_id').on(table.groupId),
  ],
)

/** The apps of the family, for people to find and for `next` to trust. */
export const apps = sqliteTable('apps', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name').notNull().unique(),
  /** Origins that `next` may lead to, as a JSON list. */
  origins: text('origins').notNull(),
  /** Where its tile on the account page leads. */
  startUrl: text('start_url').notNull(),
  /** A few letters or an emoji for the tile. */
  icon: text('icon').notNull(),
  createdAt: integer('created_at').notNull(),
  changedAt: integer('changed_at').notNull(),
})

export const invitations = sqliteTable(
  'invitations',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** SHA-256 of the token in the link. */
    tokenHash: text('token_hash').notNull().unique(),
    /** Whom it was sent to; anybody with the link where it is `null`. */
    email: text('email'),
    isStaff: integer('is_staff', { mode: 'boolean' }).notNull(),
    /** Uuid of who invited. */
    invitedBy: text('invited_by'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    acceptedAt: integer('accepted_at'),
    /** Uuid of who came. */
    acceptedBy: text('accepted_by'),
  },
  (table) => [
    index('invitations_created_at').on(table.createdAt),
    index('invitations_email').on(table.email),
    index('invitations_accepted_by').on(table.acceptedBy),
  ],
)

/** Which changes of stored data were made, by code and once: see data-migrations. */
export const dataMigrations = sqliteTable('data_migrations', {
  name: text('name').primaryKey(),
  doneAt: integer('done_at').notNull(),
})

/** What was mailed to prove that an address is somebody's; spent by deleting the row. */
export const oneTimeTokens = sqliteTable(
  'one_time_tokens',
  {
    /** SHA-256 of the token in the link. */
    hash: text('hash').primaryKey(),
    purpose: text('purpose', {
      enum: ['verify_email', 'reset_password', 'change_email', 'sign_in'],
    }).notNull(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The address it was mailed to: the new one, where one is changed. */
    email: text('email').notNull(),
    /** Hash of the six digits that do the same, where there are any. */
    codeHash: text('code_hash'),
    /** Wrong codes so far. */
    attempts: integer('attempts').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('one_time_tokens_user_id').on(table.userId, table.purpose),
    index('one_time_tokens_expires_at').on(table.expiresAt),
  ],
)

/** The answers to forms that were sent a moment ago, for when the same form is sent again. */
export const formAnswers = sqliteTable(
  'form_answers',
  {
    /** Keyed hash of the form, all that it holds and the browser. */
    key: text('key').primaryKey(),
    /** Sealed; while the form is being handled, whose turn it is (`claim.…`). */
    answer: text('answer'),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('form_answers_expires_at').on(table.expiresAt)],
)
