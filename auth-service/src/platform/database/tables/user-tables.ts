import { sql } from 'drizzle-orm'
import type { PostgresColumns } from '../columns-postgres.ts'

export type UserTables = ReturnType<typeof defineUserTables>

/** The users, and the groups that they are in. */
export function defineUserTables({
  table,
  id,
  ref,
  seconds,
  number,
  small,
  bool,
  text,
  index,
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

  return { users, groups, groupMembers }
}
