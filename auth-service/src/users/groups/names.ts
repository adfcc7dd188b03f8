import { type SQL, sql } from 'drizzle-orm'
import * as v from 'valibot'
import type { Database } from '../../platform/database/open.ts'
import { message } from '../../platform/i18n/message.ts'
import { problemWith, says } from '../../platform/validation/input.ts'
import { isStorable } from '../../platform/validation/storable-text.ts'
import { cleanedName } from '../../platform/validation/validators.ts'

/** Longest name of a group in characters, as in Django. */
const MAX_NAME = 150
/** A name's bytes in a token beside its own: two quotation marks and a comma. */
export const NAME_OVERHEAD = 3

const ENTER_NAME = message('Enter a name.')

/** The name of a group, as stored. */
export const groupName = v.pipe(
  v.string(says(ENTER_NAME)),
  v.metadata({ minLength: 1, maxLength: MAX_NAME }),
  v.check((name) => cleanedName(name) !== '', says(ENTER_NAME)),
  v.check(isStorable, says(message('This name contains characters that are not allowed.'))),
  // Without these, a name takes as many bytes in a token as in the database, plus two.
  v.check(
    (name) => !/["\\\p{Cc}]/u.test(name),
    says(message('Leave out quotation marks ("), backslashes and control characters.')),
  ),
  v.transform(cleanedName),
  v.check(
    (name) => [...name].length <= MAX_NAME,
    says(message('Use at most {count} {count:character|characters}.', { count: MAX_NAME })),
  ),
)

/** The message about an invalid group name; `undefined` if it is valid. */
export const groupNameProblem = problemWith(groupName)

/** A valid name as stored. */
export const cleanedGroupName = (name: unknown): string => cleanedName(String(name))

/** What {@link groupNamesOf} asks. */
export type GroupQueries = Pick<Database, 'dialect' | 'users' | 'groups' | 'groupMembers'>

/** The names of a user's groups in code point order, read with each row of `users` by a correlated subquery. */
export function groupNamesOf({ dialect, users, groups, groupMembers }: GroupQueries): SQL<readonly string[]> {
  const { name } = groups
  const list =
    dialect === 'sqlite'
      ? sql`json_group_array(${name} ORDER BY ${name})`
      : sql`coalesce(json_agg(${name} ORDER BY ${name} COLLATE "C"), '[]')::text`
  // Wrapped, since drizzle removes table names from columns in a list.
  const names = sql`SELECT ${list} FROM ${groupMembers}
    JOIN ${groups} ON ${groups.id} = ${groupMembers.groupId} WHERE ${groupMembers.userId} = ${users.id}`
  return sql`(${names})`.mapWith(JSON.parse)
}
