import { LatchkeyError } from '../contract/errors.ts'
import { innermostError } from '../contract/innermost-error.ts'
import { sqliteCode } from './sqlite-code.ts'

/** The view in the auth service's database that apps may read; a migration of the service creates it. */
export const PEOPLE_VIEW = 'latchkey_people'

/** A row of the view. SQLite has numbers for booleans, text for JSON; Postgres has text for large numbers. */
export interface PersonRow {
  readonly id: number | string
  readonly uuid: string
  readonly email: string
  readonly email_verified: boolean | number
  readonly first_name: string
  readonly last_name: string
  readonly is_staff: boolean | number
  readonly is_superuser: boolean | number
  readonly is_active: boolean | number
  readonly version: number | string
  readonly groups: readonly string[] | string
}

/** Reads people from one database. Every method throws what the driver throws. */
export interface PeopleReader {
  find(uuid: string): Promise<PersonRow | undefined>
  close(): Promise<void>
}

/** Why the view can't be read, with a remedy. It does not quote the address, which may contain a password. */
export function unreadable(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error
  const cause = innermostError(error)
  const code = sqliteCode(cause) ?? cause.code
  // Such an error quotes the address.
  if (code === 'ERR_INVALID_URL') return unreadableBecause('its address is not a URL', ENCODE)
  const [, remedy] =
    REMEDIES.find(([codes]) => codes.test(String(code))) ??
    REMEDIES_BY_MESSAGE.find(([messages]) => messages.test(cause.message)) ??
    []
  return unreadableBecause(
    cause.message,
    remedy ?? 'Check that it is running and that the address is right',
    { cause },
  )
}

const ENCODE = 'Write / ? # @ : % in a user or password as %2F %3F %23 %40 %3A %25'

/** The same for what no driver reports. */
export const unreadableBecause = (reason: string, remedy: string, options?: ErrorOptions): LatchkeyError =>
  new LatchkeyError(
    'store_unavailable',
    `The database of the auth service can't be read: ${reason}. ${remedy}`,
    options,
  )

/** For a database without the view, and for a role without rights on it. */
export const GRANT = 'Update the auth service, then run there: npx latchkey grant-reader ROLE'

const OUTAGE = 'Start the database, and check the host and port in the address, and the firewall'

/** By code: SQLSTATE (Postgres, appendix A), SQLite, Node, or the system. */
const REMEDIES: readonly (readonly [code: RegExp, remedy: string])[] = [
  [/^28/, 'Check the role and the password in the address, and pg_hba.conf of Postgres'],
  [/^3D000$/, 'Name the database of the auth service in the address'],
  [/^(42501|42P01|3F000)$/, GRANT],
  [/^53300$/, 'Raise max_connections of Postgres'],
  [/^(ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|57P|08)/, OUTAGE],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'Write a host in the address that DNS can resolve'],
  [/CERT|SIGNED|TLS|SSL/, 'Check its certificate, and sslmode and sslrootcert in the address'],
  [
    /^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/,
    'Check the path, and let the user of the app read the file, its folder, and the files that end with -wal and -shm, which are there while the auth service runs',
  ],
  [/^SQLITE_NOTADB/, 'Name the SQLite file of the auth service: this file is not a database'],
  [
    /^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/,
    'Install the driver: npm install pg, or npm install better-sqlite3',
  ],
]

/** Errors without a distinctive code. */
const REMEDIES_BY_MESSAGE: readonly (readonly [message: RegExp, remedy: string])[] = [
  [
    /^no such table/,
    'Name the file of the auth service, and update the service: it creates the view at its start',
  ],
  [/^(timeout exceeded when trying to connect|Query read timeout|Connection terminated)/, OUTAGE],
  [/unable to open database file|directory does not exist/, 'Name the SQLite file of the auth service'],
]
