import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, describe } from 'vitest'
import { createPasswords, type Passwords } from '../../../auth-service/src/accounts/passwords/passwords.ts'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { type Config, readConfig } from '../../../auth-service/src/platform/config/config.ts'
import type { PasswordHasher } from '../../../auth-service/src/platform/config/password-config.ts'
import { MIGRATIONS_TABLE } from '../../../auth-service/src/platform/database/migrations.ts'
import { createLog } from '../../../auth-service/src/platform/logging/logger.ts'
import { type Overrides, openParts, type Parts, type Service } from '../../../auth-service/src/service.ts'
import { freshPostgres } from '../../support/database.ts'
import { COOKIE_DOMAIN, ISSUER, NOW } from '../../support/tokens.ts'
import { migratedSqlite } from './migrated-sqlite.ts'

export const SECRET_KEY = 'a secret of the tests and of nobody else'

/** The settings of a service in the demo family, with overrides. */
export const testConfig = (changes: Partial<Config> = {}): Config => ({
  ...readConfig({
    AUTH_URL: ISSUER,
    COOKIE_DOMAIN,
    SECRET_KEY,
    DATABASE_URL: ':memory:',
    PORT: '0',
    LOG_LEVEL: 'debug',
  }),
  ...changes,
})

export interface TestService extends Parts {
  /** Advances the frozen clock, in seconds. */
  wait(seconds: number): void
  /** The log so far, one parsed line each. */
  readonly logged: Record<string, unknown>[]
}

export interface OpenOptions {
  readonly config?: Partial<Config>
  /** Opens this service's database again, like a second process. */
  readonly beside?: Service
  /** Options of the mail server connection. */
  readonly smtp?: Overrides['smtp']
}

export type OpenService = (options?: OpenOptions) => Promise<TestService>

export const DEVICE = { userAgent: 'Firefox on a laptop', address: '192.0.2.7' }
/** A device whose attempts count only for the account. */
export const THIS_MACHINE = { ...DEVICE, address: '127.0.0.1' }

/** Values that no text field accepts. */
export const WRONG_TYPES: readonly unknown[] = [undefined, null, 42, true, {}, [], ['text']]

/** Messages in English, as programs see them. */
export const asJson = (outcome: unknown): unknown => JSON.parse(JSON.stringify(outcome))

/** Low cost, and one pool for all services of a file, since starting a worker takes longer than most tests. */
const pools = new Map<PasswordHasher, Passwords>()
function cheapPasswords(hasher: PasswordHasher): Passwords {
  const pool = pools.get(hasher) ?? createPasswords({ hasher, cost: 4 })
  pools.set(hasher, pool)
  return { ...pool, close: async () => {} }
}

/** A service with a frozen clock and low hashing cost; instead of a database in memory, it has a migrated file. */
export async function openService(
  given: Config,
  smtp: Overrides['smtp'] = {},
  internet: Overrides['internet'] = {},
): Promise<TestService> {
  const file = given.databaseUrl === ':memory:' ? await migratedSqlite() : null
  const config = file === null ? given : { ...given, databaseUrl: `file:${file}` }
  let clock = NOW * 1000
  const logged: Record<string, unknown>[] = []
  const log = createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) })
  const passwords = cheapPasswords(config.passwordHasher)
  const service = await openParts(config, { now: () => clock, log, passwords, smtp, internet })
  const wait = (seconds: number) => {
    clock += seconds * 1000
  }
  const close = async () => {
    await service.close()
    if (file !== null) await rm(file, { force: true })
  }
  return { ...service, wait, logged, close }
}

/** Runs the same tests on SQLite and on a real Postgres; `open` starts a service on an empty database each time. */
export function onBothDatabases(name: string, tests: (open: OpenService) => void): void {
  for (const [dialect, database] of [
    ['SQLite', sqliteCopies],
    ['Postgres', onePostgres],
  ] as const) {
    describe(`${name} (${dialect})`, () => {
      const cleanups: (() => Promise<void>)[] = []
      afterEach(async () => {
        for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
      })
      tests(async ({ config, beside, smtp } = {}) => {
        const url = beside?.config.databaseUrl ?? (await database.empty())
        const service = await openService(testConfig({ databaseUrl: url, ...config }), smtp)
        cleanups.push(async () => {
          if (!beside) await database.clear(service)
          await service.close()
        })
        return service
      })
    })
  }
}

interface TestDatabase {
  /** The address of a database without rows. */
  empty(): Promise<string>
  /** Empties it for the next test. */
  clear(service: Service): Promise<void>
}

/** Nothing is shared or cleared. */
const sqliteCopies: TestDatabase = {
  empty: async () => `file:${await migratedSqlite()}`,
  clear: async () => {},
}

/** Addresses of SQLite files that do not exist yet, in a folder of the test file. */
export function sqliteFiles() {
  const folder = mkdtemp(join(tmpdir(), 'latchkey-auth-'))
  let count = 0
  return {
    empty: async () => `file:${join(await folder, `${++count}.sqlite`)}`,
    remove: async () => rm(await folder, { recursive: true, force: true }),
  }
}

/** Deletes all rows without foreign key checks, fifty times as fast as TRUNCATE on nearly empty tables. */
const EMPTY_EVERYTHING = `DO $$
  DECLARE name text;
  BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
      WHERE schemaname = 'public' AND tablename <> '${MIGRATIONS_TABLE}' LOOP
      EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences WHERE schemaname = 'public';
  END
$$`

let postgresUrl: Promise<string> | undefined

/** One database for all tests of a worker, since creating and migrating one takes longer than most tests. */
const onePostgres: TestDatabase = {
  empty() {
    postgresUrl ??= freshPostgres()
    return postgresUrl
  },
  async clear({ database }) {
    try {
      await database.db.execute(sql.raw(EMPTY_EVERYTHING))
    } catch (error) {
      // This test fails; the next one gets a new database, not the rows of this one.
      postgresUrl = undefined
      throw error
    }
  },
}

/** A registered user, created without hashing a password. */
export async function addUser(service: Service, email = 'ada@example.com') {
  const created = await service.users.create({
    email,
    password: '!',
    firstName: 'Ada',
    lastName: 'Lovelace',
  })
  if (!created.ok) throw new Error(`${email} already exists.`)
  return created.value
}

/** Renews a session with a refresh token, in the cookie that browsers send. */
export const renew = ({ sessions }: Pick<Service, 'sessions'>, refreshToken: string) =>
  sessions.renewFrom(parseCookies(`jwt.refresh=${refreshToken}`))

/** The payload of a token, unverified. */
export const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
