import '../contract/check-node.ts'
import { refuseInvalidOptions, refuseUnknownOptions } from '../contract/errors.ts'
import { refuseMissingPeer } from '../contract/peer-version.ts'
import type { AuthDatabaseWarnings, LocalUser, UserSync } from '../users/store.ts'
import { readPostgresPeople } from './people-postgres.ts'
import { type PersonRow, unreadable } from './people-reader.ts'
import { readSqlitePeople } from './people-sqlite.ts'

export interface AuthDatabaseOptions {
  /** The schema of the view on Postgres. Default: the only one with a view `latchkey_people` that the role may read. */
  readonly schema?: string | undefined
}

/** The users of {@link authDatabase}. */
export interface AuthDatabaseUsers extends UserSync {
  /** Closes the connections, at the end of the process. */
  close(): Promise<void>
}

/**
 * Users for an app that keeps none: they are read from the auth service's database, through the view `latchkey_people`,
 * and nothing is written. The address is that of Postgres, for a role from `latchkey grant-reader`, or of the SQLite
 * file. `id` is the auth service's own number of a user. Rejects with LatchkeyError `store_unavailable`, with a remedy,
 * when the view can't be read.
 * @throws LatchkeyError `invalid_options`, and `package_missing` without better-sqlite3 or pg
 */
export function authDatabase(address: string, options: AuthDatabaseOptions = {}): AuthDatabaseUsers {
  refuseUnknownOptions('authDatabase', options, ['schema'])
  refuseInvalidOptions('authDatabase()', problemsOf(address, options))
  refuseMissingPeer(isPostgres(address) ? 'pg' : 'better-sqlite3')
  const reader = isPostgres(address) ? readPostgresPeople(address, options.schema) : readSqlitePeople(address)

  return {
    readsAuthDatabase: WARNINGS,
    async sync({ uuid, version }) {
      const row = await reader.find(uuid).catch((error) => {
        throw unreadable(error)
      })
      return row ? localUserOf(row, version) : null
    },
    close: () => reader.close(),
  }
}

const WARNINGS: AuthDatabaseWarnings = {
  unknown:
    'refused a signed-in user who is not in the database that authDatabase() reads: check that its address is that of the auth service which LOGIN_URL names',
  disabled:
    'refused a signed-in user who is disabled in the auth service: an administrator can enable the account',
  failed: 'could not read the user in the database of the auth service: guarded pages answer 503',
}

/** A replica may be behind the token; otherwise the row is as new as the token, or newer. */
const localUserOf = (row: PersonRow, tokenVersion: number): LocalUser => ({
  id: Number(row.id),
  isActive: Boolean(row.is_active),
  ...(Number(row.version) >= tokenVersion && {
    facts: {
      uuid: row.uuid,
      email: row.email,
      emailVerified: Boolean(row.email_verified),
      firstName: row.first_name,
      lastName: row.last_name,
      isStaff: Boolean(row.is_staff),
      isSuperuser: Boolean(row.is_superuser),
      groups: Object.freeze(namesIn(row.groups).toSorted()),
    },
  }),
})

const namesIn = (groups: PersonRow['groups']): readonly string[] =>
  typeof groups === 'string' ? (JSON.parse(groups) as string[]) : groups

const isPostgres = (address: string): boolean => /^postgres(ql)?:\/\//.test(address)

/** They do not quote the address, which may contain a password. */
function problemsOf(address: unknown, { schema }: AuthDatabaseOptions): readonly string[] {
  if (typeof address !== 'string' || address === '') {
    return [
      'The address of the auth service’s database is missing. Pass postgres://… of a role from "latchkey grant-reader", or the SQLite file.',
    ]
  }
  const isFile =
    !isPostgres(address) && !/^(?!file:)[a-z][a-z0-9+.-]+:/i.test(address) && !/\0|\?/.test(address)
  const isKnown = isPostgres(address) || (isFile && !/:memory:/.test(address))
  return [
    ...(isKnown
      ? []
      : ['The address is neither postgres://… nor a SQLite file, such as file:/srv/auth/latchkey.sqlite.']),
    ...(schema === undefined || (typeof schema === 'string' && schema !== '' && isPostgres(address))
      ? []
      : ['The option schema is the name of a schema on Postgres.']),
  ]
}
