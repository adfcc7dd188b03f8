import { describeError } from '../logging/logger.ts'
import { isOutage } from './db-errors.ts'

/** Why a database can't be used, and the remedy. Neither quotes DATABASE_URL, which may contain a password. */
export interface DatabaseTrouble {
  readonly what: string
  readonly remedy: string
}

const OWN_SCHEMA =
  'To create its own schema: CREATE SCHEMA latchkey AUTHORIZATION user; ALTER ROLE user SET search_path = latchkey.'

const OTHERS = 'The database contains conflicting tables of another program'

/** By code: SQLSTATE (Postgres, appendix A), SQLite, or the system. */
const REMEDIES: readonly (readonly [code: RegExp, remedy: string])[] = [
  [
    /^28/,
    'Check the user and password in DATABASE_URL (percent-encode special characters), and check that ' +
      'pg_hba.conf of Postgres allows this user from here.',
  ],
  [/^3D000$/, 'Create that database (createdb), or correct its name in DATABASE_URL.'],
  [
    /^42501$/,
    `Make the user in DATABASE_URL the owner of the tables and their schema, or grant it all rights on them. ${OWN_SCHEMA}`,
  ],
  [/^3F000$/, OWN_SCHEMA],
  [/^42P07$/, `${OTHERS}: give Latchkey its own database or schema. ${OWN_SCHEMA}`],
  [/^53300$/, 'Raise max_connections of Postgres, or run fewer services on it.'],
  [
    /^25006$/,
    'Point DATABASE_URL at the primary, not at a replica, and keep default_transaction_read_only off for its user.',
  ],
  [
    /^(ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|57P|08)/,
    'Start the database, check the host and port in DATABASE_URL, and check whether a firewall blocks it.',
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'Set the host in DATABASE_URL to a name that DNS can resolve.'],
  [
    /CERT|SIGNED|TLS|SSL/,
    'Check its certificate; sslmode and sslrootcert in DATABASE_URL set how it is checked.',
  ],
  [
    /^(SQLITE_(READONLY|CANTOPEN)|EACCES|EPERM|EROFS)/,
    'Give the user of the service write access to that file and its folder, and check that the disk is not mounted read-only.',
  ],
  [/^(SQLITE_FULL|ENOSPC|53100)/, 'Free space on its disk.'],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'Another process has locked it: find it (with fuser), then wait for it or end it.',
  ],
  [/^SQLITE_NOTADB/, 'Set DATABASE_URL to the database file: this file is not a database.'],
  [/^SQLITE_(CORRUPT|IOERR)/, 'Restore a backup, and check the disk for errors.'],
]

/** Errors without a distinctive code. */
const REMEDIES_BY_MESSAGE: readonly (readonly [message: RegExp, remedy: string])[] = [
  [/^(table|index) \S+ already exists$/, `${OTHERS}: set DATABASE_URL to a separate file for Latchkey.`],
  [
    /statement pooling mode/,
    'Set pool_mode of the pooler to transaction or session for this database, or point DATABASE_URL at Postgres itself.',
  ],
  [
    /unsupported startup parameter/,
    'The pooler does not pass that on. Remove it from the address and set it for the user instead, for example with ' +
      'ALTER ROLE … SET search_path = …',
  ],
]

/** The explanation of a database error; `null` for an internal error. */
export function databaseTrouble(error: unknown): DatabaseTrouble | null {
  const { code, message } = describeError(error)
  const [, remedy] =
    REMEDIES_BY_MESSAGE.find(([messages]) => messages.test(String(message))) ??
    REMEDIES.find(([codes]) => typeof code === 'string' && codes.test(code)) ??
    []
  if (remedy === undefined && !isOutage(error)) return null
  return {
    what: `${message}${code === undefined ? '' : ` (${code})`}`,
    remedy: remedy ?? 'Check that the database is running and that DATABASE_URL is right.',
  }
}
