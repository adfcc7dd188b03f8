import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { algorithmOf, isTooCostly, readHash } from '../../accounts/passwords/hashers/hashers.ts'
import { normalizeEmail } from '../../platform/validation/email-address.ts'
import { cleanedName, emailProblem, nameProblem } from '../../platform/validation/validators.ts'
import { cleanedGroupName, groupNameProblem } from '../../users/groups/names.ts'
import { UNUSABLE } from '../../users/unusable-password.ts'
import type { Dump, DumpedUser } from './parse-dump.ts'

/** A valid user of a dump. Times in seconds. */
export interface Candidate {
  readonly at: string
  readonly username: string
  /** The uuid in the dump; `null` if they get a new one. */
  readonly uuid: string | null
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly password: string
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly createdAt: number | null
  readonly lastLoginAt: number | null
  readonly groups: readonly string[]
  /** Values that could not be kept. */
  readonly notes: readonly string[]
}

/** Validates an entry: required values must be valid, and a note names lost optional ones. */
export function readCandidate(
  { at, pk, fields }: DumpedUser,
  dump: Pick<Dump, 'groups'>,
): Result<Candidate, string> {
  const notes: string[] = []
  const username = typeof fields.username === 'string' ? fields.username : ''
  // Many projects have the address only as the username.
  const email = fields.email || (username.includes('@') ? username : fields.email)
  if (!email) return failure('It has no email address. Users need one to sign in.')
  if (typeof email !== 'string' || emailProblem(email)) return failure('The email address is not valid.')

  const flags = {
    isActive: readFlag(fields.is_active, true),
    isStaff: readFlag(fields.is_staff, false),
    isSuperuser: readFlag(fields.is_superuser, false),
  }
  const { isActive, isStaff, isSuperuser } = flags
  if (isActive === undefined || isStaff === undefined || isSuperuser === undefined) {
    return failure('is_active, is_staff and is_superuser must each be true or false.')
  }

  const name = (field: 'first_name' | 'last_name'): string => {
    const value = fields[field] ?? ''
    if (String(value).includes('\uFFFD')) {
      notes.push(
        `The ${field} contains U+FFFD: a character was lost when the file was written. Correct it in the file.`,
      )
    }
    if (nameProblem(value) === undefined) return cleanedName(value as string)
    notes.push(`The ${field} is too long or contains characters that are not allowed, so it was left out.`)
    return ''
  }
  const time = (field: 'date_joined' | 'last_login'): number | null => {
    const seconds = readTime(fields[field])
    if (seconds === undefined) notes.push(`The ${field} is not a date, so it was left out.`)
    return seconds ?? null
  }
  const uuid = readUuid(username) ?? readUuid(pk)
  return success({
    at,
    username,
    uuid,
    email: normalizeEmail(email),
    firstName: name('first_name'),
    lastName: name('last_name'),
    password: readPassword(fields.password, notes),
    isActive,
    isStaff,
    isSuperuser,
    createdAt: time('date_joined'),
    lastLoginAt: time('last_login'),
    groups: readGroups(fields.groups, dump.groups, notes),
    notes,
  })
}

/** A boolean in JSON or CSV; `undefined` for anything else. */
function readFlag(value: unknown, fallback: boolean): boolean | undefined {
  const text = String(value ?? '').toLowerCase()
  if (text === '') return fallback
  if (['true', 't', '1', 'yes', 'y', 'wahr', 'ja'].includes(text)) return true
  return ['false', 'f', '0', 'no', 'n', 'falsch', 'nein'].includes(text) ? false : undefined
}

// With a space as databases write it, with fractions of a second, and without a zone when USE_TZ is off.
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(?:Z|UTC|([+-]\d\d)(?::?(\d\d))?)?$/

/** `null` for no time, `undefined` for an invalid one or one before 1970. */
function readTime(value: unknown): number | null | undefined {
  if (value === undefined || value === null || value === '') return null
  const [whole, date, clock, hours, minutes = '00'] = TIME.exec(String(value)) ?? []
  const seconds = Date.parse(`${date}T${clock}${hours ? `${hours}:${minutes}` : 'Z'}`) / 1000
  return whole !== undefined && seconds >= 0 ? seconds : undefined
}

/** In our format; 32 digits without hyphens are accepted, too. */
function readUuid(value: unknown): string | null {
  const digits = String(value).toLowerCase()
  const parts = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/.exec(digits)
  return parts ? parts.slice(1).join('-') : null
}

/** bcrypt as most libraries write it; Django puts the algorithm in front. */
const BARE_BCRYPT = /^\$2[aby]\$/

/** Algorithms by Django's names. Only these are reported: before a `$`, there may also be half of a password. */
const ALGORITHM =
  /^(?:argon2|bcrypt(?:_sha256)?|pbkdf2_sha(?:1|256)|scrypt|(?:unsalted_)?(?:md5|sha1)|crypt|fallback)$/

function readPassword(given: unknown, notes: string[]): string {
  const value = typeof given === 'string' && BARE_BCRYPT.test(given) ? `bcrypt$${given}` : given
  if (typeof value === 'string' && readHash(value)) return value
  if (typeof value === 'string' && value !== '' && !value.startsWith(UNUSABLE)) {
    const algorithm = ALGORITHM.exec(algorithmOf(value))?.[0] ?? 'an unknown algorithm'
    notes.push(
      isTooCostly(value)
        ? `The password hash (${algorithm}) has a higher cost than we check, so the password must be reset.`
        : `The password hash (${algorithm}) has a format that we don't support, so the password must be reset.`,
    )
  }
  return UNUSABLE
}

function readGroups(value: unknown, known: Dump['groups'], notes: string[]): string[] {
  if (typeof value === 'string' && value !== '') {
    notes.push("Groups can't be read from CSV, so they were left out. Export them as JSON, with auth.group.")
  }
  if (!Array.isArray(value)) return []
  const names = value.flatMap((key) => {
    // By primary key, or by name with --natural-foreign.
    const name = Array.isArray(key) ? key[0] : known.get(key)
    if (groupNameProblem(name) === undefined) return [cleanedGroupName(name)]
    notes.push('A group has no valid name in this file, so it was left out. Export auth.group as well.')
    return []
  })
  return [...new Set(names)]
}
