import type { PostgresColumns } from '../columns-postgres.ts'
import type { UserTables } from './user-tables.ts'

/** What is sent to people before they have an account, and to prove that an address is theirs. */
export function defineAccountTables(
  { table, id, ref, seconds, number, bool, text, index }: PostgresColumns,
  { users }: Pick<UserTables, 'users'>,
) {
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

  return { invitations, oneTimeTokens }
}
