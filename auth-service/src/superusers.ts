import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { Database } from './database/index.ts'
import type { User } from './users.ts'

/**
 * Whether this is the one superuser who is left: active, and not about to go. Without them, nobody could change anything
 * any more.
 */
export async function isLastSuperuser(
  { db, users }: Pick<Database, 'db' | 'users'>,
  { id, isSuperuser, isActive }: Pick<User, 'id' | 'isSuperuser' | 'isActive'>,
): Promise<boolean> {
  if (!isSuperuser || !isActive) return false
  const others = and(
    eq(users.isSuperuser, true),
    eq(users.isActive, true),
    isNull(users.deletionDueAt),
    ne(users.id, id),
  )
  const [other] = await db.select({ one: sql`1` }).from(users).where(others).limit(1)
  return other === undefined
}
