import { setImmediate } from 'node:timers/promises'
import { asc, count, gt } from 'drizzle-orm'
import type { Database, Queries } from '../../platform/database/open.ts'
import { groupNamesOf } from '../../users/groups/names.ts'
import { UNUSABLE } from '../../users/unusable-password.ts'

/** The number of exported users, and of those that a fixture cannot represent completely. */
export interface FixtureReport {
  readonly people: number
  readonly groups: number
  /** Users with a confirmed address. */
  readonly confirmed: number
  /** Users whose account is scheduled for deletion. */
  readonly leaving: number
}

export interface FixtureOptions {
  readonly database: Database
  /** Whether this service requires confirmed addresses: then unconfirmed users are exported without a password. */
  readonly mustConfirm: boolean
  /** Receives the next objects. */
  readonly write: (models: readonly Model[]) => Promise<void>
  /** Called after each batch with the number of users written so far, and of all users. */
  readonly onProgress: (done: number, all: number) => void
  /** Stops the export between two batches by throwing its reason. */
  readonly signal: AbortSignal
}

/**
 * One object without a primary key, so that `loaddata` finds its row by the natural key or adds one, and without
 * permissions, so that those in Django stay.
 */
export interface Model {
  readonly model: 'auth.group' | 'auth.user'
  readonly fields: Readonly<Record<string, unknown>>
}

/** Users per query. */
const BATCH = 500

/**
 * Exports a snapshot of all groups and users like Django's `dumpdata --natural-foreign --natural-primary auth.group
 * auth.user`, without Django's permissions. Throws on an outage.
 */
export const tellFixture = (options: FixtureOptions): Promise<FixtureReport> =>
  options.database.snapshot((queries) => tell(queries, options))

async function tell(queries: Queries, options: FixtureOptions): Promise<FixtureReport> {
  const { write, mustConfirm, onProgress, signal } = options
  const { db, users, groups } = queries
  const known = await db.select({ name: groups.name }).from(groups).orderBy(asc(groups.name))
  await write(known.map(({ name }) => group(name)))

  const columns = { user: users, groups: groupNamesOf({ ...queries, dialect: options.database.dialect }) }
  const [{ all } = { all: 0 }] = await db.select({ all: count() }).from(users)
  const report = { people: 0, confirmed: 0, leaving: 0 }
  for (let after = 0; report.people < all; ) {
    // On SQLite nothing else yields to the event loop, and Ctrl-C would not be noticed.
    await setImmediate()
    signal.throwIfAborted()
    const rows = await db
      .select(columns)
      .from(users)
      .where(gt(users.id, after))
      .orderBy(asc(users.id))
      .limit(BATCH)
    await write(rows.map(({ user, groups }) => person(user, groups, mustConfirm)))
    report.people += rows.length
    report.confirmed += rows.filter(({ user }) => user.emailVerifiedAt !== null).length
    report.leaving += rows.filter(({ user }) => user.deletionDueAt !== null).length
    onProgress(report.people, all)
    after = rows.at(-1)?.user.id ?? after
  }
  return { ...report, groups: known.length }
}

const group = (name: string): Model => ({ model: 'auth.group', fields: { name } })

type Row = Database['users']['$inferSelect']

const person = (row: Row, groups: readonly string[], mustConfirm: boolean): Model => ({
  model: 'auth.user',
  fields: {
    username: row.uuid,
    // A user who registered with a foreign address is locked out here, and would not be there.
    password: mustConfirm && row.emailVerifiedAt === null ? UNUSABLE : row.password,
    email: row.email,
    first_name: row.firstName,
    last_name: row.lastName,
    is_active: row.isActive,
    is_staff: row.isStaff,
    is_superuser: row.isSuperuser,
    date_joined: time(row.createdAt),
    last_login: row.lastLoginAt === null ? null : time(row.lastLoginAt),
    groups: groups.map((name) => [name]),
  },
})

const time = (seconds: number): string => new Date(seconds * 1000).toISOString()
