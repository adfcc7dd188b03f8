import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { says } from '../platform/validation/input.ts'
import { isStorable } from '../platform/validation/validators.ts'

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

/** How many permissions one app may publish. */
export const MAX_PERMISSIONS = 200
/** Longest name in characters. Scopes are separated by spaces (RFC 6749, section 3.3). */
const MAX_NAME = 100
const MAX_DESCRIPTION = 300
/** It becomes part of a command that users paste into a shell. */
const PATH = /^\/(?!\/)[A-Za-z0-9._~/-]{0,199}$/

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
    description: v.optional(v.pipe(v.string(), v.maxLength(MAX_DESCRIPTION), v.check(isStorable)), ''),
    groups: v.optional(v.pipe(v.array(v.pipe(v.string(), v.check(isStorable))), v.maxLength(200)), []),
    path: v.optional(v.pipe(v.string(), v.regex(PATH))),
  }),
)

/** What an app publishes: all its permissions. */
export const permissionsInput = v.object({
  permissions: v.pipe(
    v.array(permission, says(message('Send a list of permissions, each with a name.'))),
    v.maxLength(
      MAX_PERMISSIONS,
      says(message('An app can have at most {count} permissions.', { count: MAX_PERMISSIONS })),
    ),
    v.check(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      says(message('Two permissions have the same name.')),
    ),
  ),
})
