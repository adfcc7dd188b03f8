import { and, asc, desc, eq, getTableColumns, gt, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database/index.ts'
import type { User } from './users.ts'

/** A person as lists show them. */
export type ListedPerson = Omit<User, 'password'>

/** Which people are meant; `''` for all. */
export type PeopleFilter = '' | 'active' | 'inactive' | 'staff' | 'superuser' | 'unverified'

export interface PeopleQuery {
  readonly filter: PeopleFilter
  readonly order: 'newest' | 'email'
  /** Where the page before ended: what its `next` was; `null` for the first page. */
  readonly after: string | null
}

export interface FoundPeople {
  readonly people: readonly ListedPerson[]
  /** Where the next page begins; `null` where there is none. */
  readonly next: string | null
}

/** The people as administrators look for them: a page at a time, each as quick as the first. */
export interface Directory {
  list(query: PeopleQuery): Promise<FoundPeople>
}

/** How many people a page shows. */
export const PAGE = 50

export function createDirectory({ db, users }: Database): Directory {
  const { emailCanonical: _canonical, password: _password, ...columns } = getTableColumns(users)

  // The flags stand bare, as in the conditions of their indexes: with a parameter, no planner would find these.
  const FILTERS: Record<PeopleFilter, SQL | undefined> = {
    '': undefined,
    active: eq(users.isActive, true),
    inactive: eq(users.isActive, false),
    staff: sql`${users.isStaff}`,
    superuser: sql`${users.isSuperuser}`,
    unverified: isNull(users.emailVerifiedAt),
  }

  return {
    async list({ filter, order, after }) {
      const byEmail = order === 'email'
      const beyond = after === null ? undefined : byEmail ? gt(users.emailCanonical, after) : olderThan(after)
      const rows = await db
        .select({ ...columns, key: users.emailCanonical })
        .from(users)
        .where(and(FILTERS[filter], beyond))
        .orderBy(byEmail ? asc(users.emailCanonical) : desc(users.id))
        .limit(PAGE + 1)
      const people = rows.slice(0, PAGE)
      const last = rows.length > PAGE ? people.at(-1) : undefined
      const next = last ? (byEmail ? last.key : String(last.id)) : null
      return { people: people.map(({ key: _key, ...person }) => person), next }
    },
  }

  function olderThan(id: string): SQL {
    return lt(users.id, /^[0-9]{1,15}$/.test(id) ? Number(id) : 0)
  }
}
