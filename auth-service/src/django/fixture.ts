import { setImmediate } from 'node:timers/promises'
import { asc, count, gt, max } from 'drizzle-orm'
import type { Database } from '../database/index.ts'
import { groupNamesOf } from '../group-names.ts'

/** What was told, and how many of it a fixture can't tell more about. */
export interface FixtureReport {
  readonly people: number
  readonly groups: number
  /** Who confirmed their address. */
  readonly confirmed: number
  /** Whose account is to be deleted. */
  readonly leaving: number
}

export interface FixtureOptions {
  readonly database: Database
  /** Takes the next few objects. */
  readonly write: (models: readonly Model[]) => Promise<void>
  /** Told how many people of how many have been written, after each batch. */
  readonly onProgress: (done: number, all: number) => void
  /** Ends it between two batches, by throwing its reason. */
  readonly signal: AbortSignal
}

/** One object, without a key of its own, so that `loaddata` finds its row by the name, or adds one. */
export interface Model {
  readonly model: 'auth.group' | 'auth.user'
  readonly fields: Readonly<Record<string, unknown>>
}

/** People read at a time. */
const BATCH = 500

/**
 * Tells of all groups and people as Django's `dumpdata --natural-foreign --natural-primary auth.group auth.user` would.
 * Throws on an outage.
 */
export async function tellFixture(options: FixtureOptions): Promise<FixtureReport> {
  const { database, write, onProgress, signal } = options
  const { db, users, groups } = database
  const names = await db.select({ name: groups.name }).from(groups).orderBy(asc(groups.name))
  await write(names.map(({ name }) => ({ model: 'auth.group', fields: { name, permissions: [] } })))

  const columns = { user: users, groups: groupNamesOf(database) }
  // Those who are here now: with people registering all the time, there might never be a last one.
  const [{ all, last } = { all: 0, last: null }] = await db
    .select({ all: count(), last: max(users.id) })
    .from(users)
  const report = { people: 0, groups: names.length, confirmed: 0, leaving: 0 }
  for (let after = 0; last !== null && after < last; ) {
    // On SQLite nothing else waits for the outside world: a Ctrl-C would not be heard.
    await setImmediate()
    signal.throwIfAborted()
    const rows = await db
      .select(columns)
      .from(users)
      .where(gt(users.id, after))
      .orderBy(asc(users.id))
      .limit(BATCH)
    await write(rows.map(({ user, groups }) => person(user, groups)))
    report.people += rows.length
    report.confirmed += rows.filter(({ user }) => user.emailVerifiedAt !== null).length
    report.leaving += rows.filter(({ user }) => user.deletionDueAt !== null).length
    onProgress(report.people, all)
    after = rows.at(-1)?.user.id ?? last
  }
  return report
}

const person = (row: Database['users']['$inferSelect'], groups: readonly string[]): Model => ({
  model: 'auth.user',
  fields: {
    username: row.uuid,
    password: row.password,
    email: row.email,
    first_name: row.firstName,
    last_name: row.lastName,
    is_active: row.isActive,
    is_staff: row.isStaff,
    is_superuser: row.isSuperuser,
    date_joined: time(row.createdAt),
    last_login: row.lastLoginAt === null ? null : time(row.lastLoginAt),
    groups: groups.map((name) => [name]),
    user_permissions: [],
  },
})

const time = (seconds: number): string => new Date(seconds * 1000).toISOString()
