import { type SQL, sql } from 'drizzle-orm'
import * as v from 'valibot'
import type { Queries } from '../../platform/database/open.ts'
import { message } from '../../platform/i18n/message.ts'
import { problemWith, says } from '../../platform/validation/input.ts'
import { cleanedName, isStorable } from '../../platform/validation/validators.ts'

/** Longest name of a group in characters, as in Django. */
const MAX_NAME = 150
/** Bytes that a name takes in a token beside its own: two quotation marks and a comma. */
export const AROUND_NAME = 3
/** What stands between names that are read together; no name has it. */
const SEPARATOR = '\n'

const ENTER_NAME = message('Enter a name.')

/** The name of a group, as it is stored. */
export const groupName = v.pipe(
  v.string(says(ENTER_NAME)),
  v.check((name) => cleanedName(name) !== '', says(ENTER_NAME)),
  v.check(isStorable, says(message('This name has characters that can not be used.'))),
  // With none of these, a name takes as many bytes in a token as in the database, and two more.
  v.check(
    (name) => !/["\\\p{Cc}]/u.test(name),
    says(message('Leave out quotation marks ("), backslashes and control characters.')),
  ),
  v.transform(cleanedName),
  v.check(
    (name) => [...name].length <= MAX_NAME,
    says(message('Use at most {count} characters.', { count: MAX_NAME })),
  ),
  v.metadata({ minLength: 1, maxLength: MAX_NAME }),
)

/** What is wrong with the name of a group, in a sentence; `undefined` where nothing is. */
export const groupNameProblem = problemWith(groupName)

/** A name without problem as it is stored. */
export const cleanedGroupName = (name: unknown): string => cleanedName(String(name))

/** The names of a person's groups, read along with each row of `users` by a correlated subquery. */
export function groupNamesOf({
  users,
  groups,
  groupMembers,
}: Pick<Queries, 'users' | 'groups' | 'groupMembers'>): SQL<readonly string[]> {
  // Wrapped, since drizzle takes the tables' names off columns that it finds in a list of columns itself.
  const names = sql`SELECT string_agg(${groups.name}, ${sql.raw(`'${SEPARATOR}'`)}) FROM ${groupMembers}
    JOIN ${groups} ON ${groups.id} = ${groupMembers.groupId} WHERE ${groupMembers.userId} = ${users.id}`
  return sql`coalesce((${names}), '')`.mapWith(namesIn)
}

const namesIn = (text: string): readonly string[] => (text === '' ? [] : text.split(SEPARATOR).sort())
