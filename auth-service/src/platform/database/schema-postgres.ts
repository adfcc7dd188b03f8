import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'

// Property names are the same as in schema-sqlite.ts, which says what each means: the queries are written once.

const seconds = (name: string) => bigint(name, { mode: 'number' })

export const users = pgTable(
  'users',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    uuid: text('uuid').notNull().unique(),
    email: text('email').notNull(),
    emailCanonical: text('email_canonical').notNull().unique(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    password: text('password').notNull(),
    isActive: boolean('is_active').notNull(),
    isStaff: boolean('is_staff').notNull(),
    isSuperuser: boolean('is_superuser').notNull(),
    createdAt: seconds('created_at').notNull(),
    changedAt: seconds('changed_at').notNull(),
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    lastLoginAt: seconds('last_login_at'),
    emailVerifiedAt: seconds('email_verified_at'),
    deletionDueAt: seconds('deletion_due_at'),
    unconfirmedSince: seconds('unconfirmed_since'),
    /** Code of the language that they are written to in; `null` where nobody knows. */
    language: text('language'),
    /** Name of the time zone that times are told them in; `null` where nobody knows. */
    timeZone: text('time_zone'),
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

export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: bigint('user_id', { mode: 'number' })
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    currentJti: text('current_jti').notNull(),
    previousJti: text('previous_jti'),
    rotatedAt: seconds('rotated_at').notNull(),
    createdAt: seconds('created_at').notNull(),
    lastUsedAt: seconds('last_used_at').notNull(),
    expiresAt: seconds('expires_at').notNull(),
    idleExpiresAt: seconds('idle_expires_at').notNull(),
    accessTtl: seconds('access_ttl').notNull().default(3600),
    isPersistent: boolean('is_persistent').notNull().default(true),
    secretHash: text('secret_hash'),
    authenticatedAt: seconds('authenticated_at').notNull().default(0),
    userAgent: text('user_agent').notNull(),
    address: text('address').notNull(),
  },
  (table) => [
    index('sessions_user_id').on(table.userId),
    index('sessions_idle_expires_at').on(table.idleExpiresAt, table.createdAt),
  ],
)

export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text('kid').primaryKey(),
    alg: text('alg', { enum: ['ES256', 'RS256', 'EdDSA'] }).notNull(),
    state: text('state', { enum: ['next', 'current', 'retiring'] }).notNull(),
    publicJwk: text('public_jwk').notNull(),
    privateKey: text('private_key').notNull(),
    createdAt: seconds('created_at').notNull(),
    changedAt: seconds('changed_at').notNull(),
  },
  (table) => [uniqueIndex('signing_keys_one_a_state').on(table.state).where(sql`state <> 'retiring'`)],
)

export const revocations = pgTable(
  'revocations',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    sid: text('sid'),
    before: seconds('before'),
    version: bigint('version', { mode: 'number' }),
    sub: text('sub'),
    kept: text('kept'),
    sids: text('sids'),
    kid: text('kid'),
    jwk: text('jwk'),
    exp: seconds('exp').notNull(),
  },
  (table) => [index('revocations_sid').on(table.sid), index('revocations_exp').on(table.exp)],
)

export const auditLog = pgTable(
  'audit_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    at: seconds('at').notNull(),
    event: text('event').notNull(),
    subject: text('subject'),
    actor: text('actor'),
    sid: text('sid'),
    userAgent: text('user_agent').notNull(),
    address: text('address').notNull(),
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

export const outbox = pgTable(
  'outbox',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    recipient: text('recipient').notNull(),
    person: text('person'),
    subject: text('subject').notNull(),
    text: text('text').notNull(),
    html: text('html'),
    createdAt: seconds('created_at').notNull(),
    attempts: bigint('attempts', { mode: 'number' }).notNull(),
    dueAt: seconds('due_at'),
    sentAt: seconds('sent_at'),
  },
  (table) => [
    index('outbox_due_at').on(table.dueAt),
    index('outbox_created_at').on(table.createdAt),
    index('outbox_recipient').on(table.recipient),
    index('outbox_person').on(table.person),
  ],
)

export const groups = pgTable('groups', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull().unique(),
  createdAt: seconds('created_at').notNull(),
})

export const groupMembers = pgTable(
  'group_members',
  {
    groupId: bigint('group_id', { mode: 'number' })
      .notNull()
      .references(() => groups.id, { onDelete: 'cascade' }),
    userId: bigint('user_id', { mode: 'number' })
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.groupId] }),
    index('group_members_group_id').on(table.groupId),
  ],
)

export const apps = pgTable('apps', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull().unique(),
  origins: text('origins').notNull(),
  startUrl: text('start_url').notNull(),
  icon: text('icon').notNull(),
  createdAt: seconds('created_at').notNull(),
  changedAt: seconds('changed_at').notNull(),
})

export const invitations = pgTable(
  'invitations',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    tokenHash: text('token_hash').notNull().unique(),
    email: text('email'),
    isStaff: boolean('is_staff').notNull(),
    invitedBy: text('invited_by'),
    createdAt: seconds('created_at').notNull(),
    expiresAt: seconds('expires_at').notNull(),
    acceptedAt: seconds('accepted_at'),
    acceptedBy: text('accepted_by'),
  },
  (table) => [
    index('invitations_created_at').on(table.createdAt),
    index('invitations_email').on(table.email),
    index('invitations_accepted_by').on(table.acceptedBy),
  ],
)

export const dataMigrations = pgTable('data_migrations', {
  name: text('name').primaryKey(),
  doneAt: seconds('done_at').notNull(),
})

export const oneTimeTokens = pgTable(
  'one_time_tokens',
  {
    hash: text('hash').primaryKey(),
    purpose: text('purpose', {
      enum: ['verify_email', 'reset_password', 'change_email', 'sign_in'],
    }).notNull(),
    userId: bigint('user_id', { mode: 'number' })
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    email: text('email').notNull(),
    codeHash: text('code_hash'),
    attempts: bigint('attempts', { mode: 'number' }).notNull(),
    createdAt: seconds('created_at').notNull(),
    expiresAt: seconds('expires_at').notNull(),
  },
  (table) => [
    index('one_time_tokens_user_id').on(table.userId, table.purpose),
    index('one_time_tokens_expires_at').on(table.expiresAt),
  ],
)

export const formAnswers = pgTable(
  'form_answers',
  {
    key: text('key').primaryKey(),
    answer: text('answer'),
    expiresAt: seconds('expires_at').notNull(),
  },
  (table) => [index('form_answers_expires_at').on(table.expiresAt)],
)
