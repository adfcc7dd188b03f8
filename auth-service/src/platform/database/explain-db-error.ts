import { describeError } from '../logging/logger.ts'
import { isOutage } from './db-errors.ts'

/** Why a database can't be used, and the remedy. Neither quotes DATABASE_URL, which may contain a password. */
export interface DatabaseTrouble {
  readonly what: string
  readonly remedy: string
}

const OWN_SCHEMA =
  'For a schema of its own: CREATE SCHEMA latchkey AUTHORIZATION user; ALTER ROLE user SET search_path = latchkey.'

const OTHERS = 'Tables of another program are in the way'

/** By code: SQLSTATE (Postgres, appendix A), SQLite, or the system. */
const REMEDIES: readonly (readonly [code: RegExp, remedy: string])[] = [
  [
    /^28/,
    'Set the user and password in DATABASE_URL as Postgres knows them, special characters percent-encoded, and see that ' +
      'its pg_hba.conf lets them in from here.',
  ],
  [/^3D000$/, 'Make that database (createdb), or name the right one in DATABASE_URL.'],
  [
    /^42501$/,
    `Let the user in DATABASE_URL own the tables and their schema, or grant it all rights on them. ${OWN_SCHEMA}`,
  ],
  [/^3F000$/, OWN_SCHEMA],
  [/^42P07$/, `${OTHERS}: give Latchkey a database or a schema of its own. ${OWN_SCHEMA}`],
  [/^53300$/, 'Raise max_connections of Postgres, or run fewer services on it.'],
  [
    /^25006$/,
    'Point DATABASE_URL at the primary, not at a replica, and leave default_transaction_read_only off for its user.',
  ],
  [
    /^(ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|57P|08)/,
    'Start the database, or set host and port in DATABASE_URL to where it listens, and see that no firewall is in between.',
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'Set the host in DATABASE_URL to a name that DNS knows.'],
  [
    /CERT|SIGNED|TLS|SSL/,
    'See that its certificate is good; sslmode and sslrootcert in DATABASE_URL say how it is checked.',
  ],
  [
    /^(SQLITE_(READONLY|CANTOPEN)|EACCES|EPERM|EROFS)/,
    'Let the user of the service write to that file and to its folder, and see that the disk is not mounted read-only.',
  ],
  [/^(SQLITE_FULL|ENOSPC|53100)/, 'Make room on its disk.'],
  [/^SQLITE_(BUSY|LOCKED)/, 'Another process holds it: see which (fuser tells), and wait for it, or end it.'],
  [/^SQLITE_NOTADB/, 'Set DATABASE_URL to the database: that file is something else.'],
  [/^SQLITE_(CORRUPT|IOERR)/, 'Put a backup in its place, and see that its disk is sound.'],
]

/** Errors without a distinctive code. */
const REMEDIES_BY_MESSAGE: readonly (readonly [message: RegExp, remedy: string])[] = [
  [/^(table|index) \S+ already exists$/, `${OTHERS}: name a file of Latchkey's own in DATABASE_URL.`],
  [
    /statement pooling mode/,
    'Set pool_mode of the pooler to transaction or session for this database, or lead DATABASE_URL to Postgres itself.',
  ],
  [
    /unsupported startup parameter/,
    'The pooler does not pass that on: take it out of the address and set it for the user instead, for example with ' +
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
    remedy: remedy ?? 'See that the database is up, and that DATABASE_URL is right.',
  }
}
