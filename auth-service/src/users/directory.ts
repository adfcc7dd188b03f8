import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../platform/database/open.ts'
import { pageOf, USERS_PAGE } from '../platform/database/pagination.ts'
import { normalizeEmail } from '../platform/validation/email-address.ts'
import { cleanedName } from '../platform/validation/validators.ts'
import type { User } from './users.ts'

/** A user as lists show them. */
export type ListedUser = Omit<User, 'password' | 'groups'>

/** Filters of users; `''` for all. */
export type PeopleFilter = '' | 'active' | 'inactive' | 'staff' | 'superuser' | 'unverified'

export interface PeopleQuery {
  /** Parts of an address or name, separated by spaces: all must match. `''` for no search. */
  readonly search: string
  readonly filter: PeopleFilter
  /** Search results are always newest first. */
  readonly order: 'newest' | 'email'
  /** The `next` value of the previous page; `null` for the first page. */
  readonly after: string | null
}

export interface FoundPeople {
  readonly people: readonly ListedUser[]
  /** The start of the next page; `null` if there is none. A page may be empty although more follow. */
  readonly next: string | null
}

/** Users in pages for administrators, each as fast as the first. */
export interface Directory {
  list(query: PeopleQuery): Promise<FoundPeople>
  /** The addresses of these users by uuid, omitting deleted ones. */
  emailsOf(uuids: readonly (string | null)[]): Promise<ReadonlyMap<string, string>>
}

/** How many matches of a search are filtered at once; the page may then contain fewer. */
const LOOKED_AT = 2000
/** How many of them are filtered for one page without a match. */
export const MOST_LOOKED_AT = 5 * LOOKED_AT
const MAX_WORDS = 8

/** Ids of users who match a search, highest first, below that id; at most that many. */
export async function idsOfMatches(
  { db, searchPeople }: Pick<Database, 'db' | 'searchPeople'>,
  search: string,
  before: number,
  limit: number,
): Promise<number[]> {
  const words = wordsOf(search)
  // No name consists only of symbols, and no index could find them.
  if (!words.every((word) => /[\p{L}\p{N}]/u.test(word))) return []
  const matches = await db
    .select({ id: sql`found.id`.mapWith(Number) })
    .from(sql`(${searchPeople(words, before, limit)}) AS found`)
  return matches.map(({ id }) => id).sort((a, b) => b - a)
}

export function createDirectory(database: Database): Directory {
  const { db, users } = database
  const { emailCanonical: _canonical, password: _password, ...columns } = getTableColumns(users)

  // The flags are bare as in the conditions of their indexes: with a parameter, no planner would use these.
  const FILTERS: Record<PeopleFilter, SQL | undefined> = {
    '': undefined,
    active: eq(users.isActive, true),
    inactive: eq(users.isActive, false),
    staff: sql`${users.isStaff}`,
    superuser: sql`${users.isSuperuser}`,
    unverified: isNull(users.emailVerifiedAt),
  }

  async function search({ search, filter }: PeopleQuery, before: number): Promise<FoundPeople> {
    const limit = filter === '' ? USERS_PAGE + 1 : LOOKED_AT
    const ids = await idsOfMatches(database, search, before, limit)
    if (ids.length === 0) return { people: [], next: null }
    const found = await db
      .select(columns)
      .from(users)
      .where(and(inArray(users.id, ids), FILTERS[filter]))
      .orderBy(desc(users.id))
      .limit(USERS_PAGE + 1)
    const { rows, next } = pageOf(found, ({ id }) => String(id), USERS_PAGE)
    const lowest = ids.length === limit ? ids.at(-1) : undefined
    return { people: rows, next: next ?? (lowest === undefined ? null : String(lowest)) }
  }

  /** Continues if the filter matches none of these users, since an empty page looks like the end. */
  async function searchOn(query: PeopleQuery): Promise<FoundPeople> {
    let found = await search(query, idOf(query.after))
    for (let seen = LOOKED_AT; seen < MOST_LOOKED_AT; seen += LOOKED_AT) {
      if (found.people.length > 0 || found.next === null) break
      found = await search(query, Number(found.next))
    }
    return found
  }

  async function list({ filter, order, after }: PeopleQuery): Promise<FoundPeople> {
    const byEmail = order === 'email'
    const beyond =
      after === null ? undefined : byEmail ? gt(users.emailCanonical, after) : lt(users.id, idOf(after))
    const rows = await db
      .select({ ...columns, key: users.emailCanonical })
      .from(users)
      .where(and(FILTERS[filter], beyond))
      .orderBy(byEmail ? asc(users.emailCanonical) : desc(users.id))
      .limit(USERS_PAGE + 1)
    const found = pageOf(rows, ({ id, key }) => (byEmail ? key : String(id)), USERS_PAGE)
    return { people: found.rows.map(({ key: _key, ...person }) => person), next: found.next }
  }

  return {
    list: (query) => (wordsOf(query.search).length === 0 ? list(query) : searchOn(query)),
    async emailsOf(uuids) {
      const known = [...new Set(uuids.filter((uuid) => uuid !== null))]
      if (known.length === 0) return new Map()
      const found = await db
        .select({ uuid: users.uuid, email: users.email })
        .from(users)
        .where(inArray(users.uuid, known))
      return new Map(found.map(({ uuid, email }) => [uuid, email]))
    },
  }
}

/** In the form in which names and addresses are stored. */
const wordsOf = (search: string): string[] =>
  cleanedName(search).split(/\s+/).filter(Boolean).slice(0, MAX_WORDS).map(inUnicode)

/** A Punycode domain in its stored form. */
function inUnicode(word: string): string {
  if (!/xn--/i.test(word)) return word
  return word.includes('@') ? normalizeEmail(word) : normalizeEmail(`@${word}`).slice(1)
}

/** The id below which a page begins. */
const idOf = (after: string | null): number =>
  after === null ? Number.MAX_SAFE_INTEGER : /^[0-9]{1,15}$/.test(after) ? Number(after) : 0
