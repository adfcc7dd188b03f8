import { refuseInvalidOptions, refuseUnknownOptions } from '../contract/errors.ts'
import { PERMISSION_LIMITS, permissionsBody } from '../contract/permission-limits.ts'
import { isTextList } from '../contract/text-list.ts'

/**
 * The names of the app's permissions, so that a misspelt one does not compile:
 * `declare module '@latchkey/jwt-middleware' { interface KnownPermissions extends NamesOf<typeof permissions> {} }`
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps add their names
export interface KnownPermissions {}

/** The name of a permission: one of {@link KnownPermissions}, or any text if the app declares none. */
export type PermissionName = [keyof KnownPermissions] extends [never]
  ? string
  : keyof KnownPermissions & string

/** A permission, and the groups that have it. */
export interface Permission<Name extends string = string> {
  readonly name: Name
  /** Names of groups at the auth service. */
  readonly groups: readonly string[]
  /** For administrators; may be empty. */
  readonly description: string
  /** A path of the app that answers `GET` with this permission, to try a new API token. */
  readonly path?: string
}

/** The permissions of an app. */
export interface Permissions<Name extends string = string> {
  readonly list: readonly Permission<Name>[]
}

/**
 * The groups that have a permission; with a description, for administrators, and with a `path` of the app that answers
 * `GET` with this permission, for users who try a new API token.
 */
export type PermissionDefinition =
  | readonly string[]
  | { readonly groups: readonly string[]; readonly description?: string; readonly path?: string }

/** The names of these permissions, for {@link KnownPermissions}. */
export type NamesOf<Defined extends Permissions> = {
  readonly [Name in Defined['list'][number]['name']]: true
}

const { most, longestDescription, mostGroups, longestBody } = PERMISSION_LIMITS

/** Databases store no NUL, and UTF-8 no half of a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/**
 * Says once what the groups of the auth service may do in this app: `definePermissions({ 'notes.publish': ['editors'] })`.
 * Superusers have every permission. Pass the result to `auth({ permissions })`.
 * @throws LatchkeyError `invalid_options`, listing every problem
 */
export function definePermissions<const Definitions extends Readonly<Record<string, PermissionDefinition>>>(
  definitions: Definitions,
): Permissions<keyof Definitions & string> {
  const names = Object.keys(definitions) as (keyof Definitions & string)[]
  const problems: string[] = []
  const check = (fits: boolean, problem: string): void => {
    if (!fits) problems.push(problem)
  }
  check(names.length <= most, `there are ${names.length} permissions. Define at most ${most}`)
  const list = names.map((name) => {
    const given = definitions[name] as PermissionDefinition
    check(
      PERMISSION_LIMITS.name.test(name),
      `"${name}" is not a name. Use up to 100 letters, digits and . _ : / -`,
    )
    const isDescribed = typeof given === 'object' && given !== null && !isList(given)
    if (isDescribed) refuseUnknownOptions('definePermissions()', given, ['groups', 'description', 'path'])
    const { groups, description = '', path } = isDescribed ? given : { groups: given, path: undefined }
    const fits = isTextList(groups) && groups.every((group) => group !== '' && isStorable(group))
    check(fits, `the groups of "${name}" are not a list of names. Set them, for example to ['editors']`)
    check(!fits || groups.length <= mostGroups, `"${name}" has more than ${mostGroups} groups. Drop some`)
    const isShort = typeof description === 'string' && description.length <= longestDescription
    check(isShort, `the description of "${name}" is not a text of at most ${longestDescription} characters`)
    check(
      typeof description !== 'string' || isStorable(description),
      `the description of "${name}" has a NUL or half of a character. Drop it`,
    )
    const isPath = path === undefined || (typeof path === 'string' && PERMISSION_LIMITS.path.test(path))
    check(
      isPath,
      `the path of "${name}" is not a path of letters, digits and . _ ~ / -, for example '/api/cards'`,
    )
    const named = { name, groups: Object.freeze(fits ? [...groups] : []), description }
    return Object.freeze(path === undefined ? named : { ...named, path })
  })
  const size = new TextEncoder().encode(permissionsBody(list)).length
  check(
    problems.length > 0 || size <= longestBody,
    `all of them are ${size} bytes as JSON. The auth service takes ${longestBody}: shorten descriptions`,
  )
  refuseInvalidOptions('definePermissions()', problems)
  return Object.freeze({ list: Object.freeze(list) })
}

const isList = (definition: PermissionDefinition): definition is readonly string[] =>
  Array.isArray(definition)
