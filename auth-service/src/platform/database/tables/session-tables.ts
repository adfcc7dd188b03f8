import { sql } from 'drizzle-orm'
import type { PostgresColumns } from '../columns-postgres.ts'
import type { AppTables } from './app-tables.ts'
import type { UserTables } from './user-tables.ts'

export type SessionTables = ReturnType<typeof defineSessionTables>

/** Sessions, and the keys that sign their tokens. */
export function defineSessionTables(
  { table, ref, refOrNone, seconds, bool, text, index, uniqueIndex }: PostgresColumns,
  { users, apps }: Pick<UserTables, 'users'> & Pick<AppTables, 'apps'>,
) {
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
      /**
       * The app that signed in on a device of its own (RFC 8628), and to which the session belongs; `null` for
       * browsers.
       */
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

  return { sessions, signingKeys }
}
