import { createHash } from 'node:crypto'
import { refuseUnknownOptions } from '../contract/errors.ts'

/** A user of a test. */
export interface TestPerson {
  /** Default: `ada@example.com`. */
  readonly email?: string
  /** Default: derived from the email, so that one email is one user. */
  readonly uuid?: string
  /** Default: empty. */
  readonly firstName?: string
  /** Default: empty. */
  readonly lastName?: string
  /** Default: `true`. */
  readonly emailVerified?: boolean
  /** Default: `false`. */
  readonly isStaff?: boolean
  /** Default: `false`. */
  readonly isSuperuser?: boolean
  /** Names of groups. Default: none. */
  readonly groups?: readonly string[]
}

/** A user with every default filled in. */
export type CompletePerson = Required<TestPerson>

const KNOWN: readonly (keyof TestPerson)[] = [
  'email',
  'uuid',
  'firstName',
  'lastName',
  'emailVerified',
  'isStaff',
  'isSuperuser',
  'groups',
]

/** @throws LatchkeyError `invalid_options` for a misspelled property */
export function completePerson(caller: string, person: TestPerson): CompletePerson {
  refuseUnknownOptions(caller, person, KNOWN)
  const { email = 'ada@example.com' } = person
  return {
    email,
    uuid: uuidOf(email),
    firstName: '',
    lastName: '',
    emailVerified: true,
    isStaff: false,
    isSuperuser: false,
    groups: [],
    ...person,
  }
}

/** A uuid made of a hash of the email (RFC 9562, section 5.8). */
function uuidOf(email: string): string {
  const hex = createHash('sha256').update(email.toLowerCase()).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The user's claims in an access token. */
export const claimsOf = (person: CompletePerson, version: number) => ({
  sub: person.uuid,
  user_uuid: person.uuid,
  user_version: version,
  user_email: person.email,
  email_verified: person.emailVerified,
  user_first_name: person.firstName,
  user_last_name: person.lastName,
  user_is_staff: person.isStaff,
  user_is_superuser: person.isSuperuser,
  ...(person.groups.length > 0 && { groups: person.groups }),
})
