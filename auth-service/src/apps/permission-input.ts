import { PERMISSION_LIMITS } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { says } from '../platform/validation/input.ts'
import { isStorable } from '../platform/validation/storable-text.ts'

/** A permission as its app describes it. */
export interface Permission {
  /** For example `cards.write`; the scope of API tokens. */
  readonly name: string
  /** For people; may be empty. */
  readonly description: string
  /** Names of the groups that have it. */
  readonly groups: readonly string[]
  /** A path of the app that answers `GET` with this permission, to try a new API token. */
  readonly path?: string | null | undefined
}

const { most, longestDescription, mostGroups, path } = PERMISSION_LIMITS
/** Longest name in characters, to say which of its limits a name exceeds. */
const MAX_NAME = 100

/** The name of a permission. */
export const PERMISSION_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/

const name = v.pipe(
  v.string(),
  v.regex(PERMISSION_NAME, says(message('Use letters, digits and . _ : / - in names of permissions.'))),
  v.maxLength(
    MAX_NAME,
    says(message('Use at most {count} {count:character|characters}.', { count: MAX_NAME })),
  ),
)

const permission = v.pipe(
  v.object({
    name,
    description: v.optional(v.pipe(v.string(), v.maxLength(longestDescription), v.check(isStorable)), ''),
    groups: v.optional(v.pipe(v.array(v.pipe(v.string(), v.check(isStorable))), v.maxLength(mostGroups)), []),
    path: v.optional(v.pipe(v.string(), v.regex(path))),
  }),
)

/** What an app publishes: all its permissions. */
export const permissionsInput = v.object({
  permissions: v.pipe(
    v.array(permission, says(message('Send a list of permissions, each with a name.'))),
    v.maxLength(most, says(message('An app can have at most {count} permissions.', { count: most }))),
    v.check(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      says(message('Two permissions have the same name.')),
    ),
  ),
})
