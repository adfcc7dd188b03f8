import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { DatabaseSettings } from '../../../platform/database/database.ts'
import { databaseTrouble } from '../../../platform/database/explain-db-error.ts'
import { readMigrationState } from '../../../platform/database/migration-state.ts'
import { isPostgresUrl } from '../../../platform/database/open.ts'
import { PEOPLE_VIEW } from '../../../platform/database/people-view.ts'
import { postgresConnection } from '../../../platform/database/postgres-url.ts'
import { sqlitePath } from '../../../platform/database/sqlite-url.ts'
import { type Check, type Finding, findingsOf } from '../finding.ts'

const { ok, warn, fail } = findingsOf('database')

/** Time-out for a notification, in ms. */
const NOTIFICATION_TIMEOUT = 3000

/** Time-out for another process's lock, in ms: services hold it for much less. */
const BUSY_TIMEOUT = 2000

const MEGABYTE = 1_048_576
/** Free disk space below which the check warns, and below which it fails, in MB. */
const [SCARCE, LACKING] = [1000, 100] as const

/** Whether the database is reachable and writable, its tables are up to date, and its disk has space. */
export const checkDatabase: Check = async ({ config }) => {
  const { databaseUrl } = config
  try {
    return isPostgresUrl(databaseUrl) ? await checkPostgres(config) : await checkSqlite(databaseUrl)
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (!trouble) throw error
    return [fail(`The database can't be used: ${trouble.what}.`, trouble.remedy)]
  }
}

async function checkSqlite(url: string): Promise<readonly Finding[]> {
  const path = resolve(sqlitePath(url))
  if (url === ':memory:') {
    return [
      fail(
        'DATABASE_URL is :memory:. All data is lost when the service stops.',
        'Set it to a file, for example file:latchkey.sqlite.',
      ),
    ]
  }
  if (!existsSync(path)) {
    return [
      fail(
        `There is no database at ${path}.`,
        'Set DATABASE_URL to the same value as for the auth service, with the full path, or start the auth service first.',
      ),
    ]
  }
  const { default: SQLite } = await import('better-sqlite3')
  const client = new SQLite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT })
  try {
    const version = client.prepare('SELECT sqlite_version()').pluck().get()
    const mode = client.pragma('journal_mode', { simple: true })
    return [
      ok(`SQLite ${version} in ${path}.`),
      ...(mode === 'wal'
        ? []
        : [
            warn(
              `It has no write-ahead log (journal_mode is ${mode}), so readers and writers block each other.`,
              "Keep the database on a local disk: network file systems don't support it. The auth service enables it at startup.",
            ),
          ]),
      ...writingProblem(path, () => client.exec('BEGIN IMMEDIATE; ROLLBACK')),
      ...(await room(dirname(path))),
      ...(await tables(url)),
      ...peopleView(
        client.prepare("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ?").get(PEOPLE_VIEW) !==
          undefined,
      ),
    ]
  } finally {
    client.close()
  }
}

/** And the folder, since the write-ahead log is a file beside the database. */
function writingProblem(path: string, write: () => void): readonly Finding[] {
  try {
    for (const place of [path, dirname(path)]) accessSync(place, constants.W_OK)
    write()
    return []
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (!trouble) throw error
    return [fail(`${path} can't be written to: ${trouble.what}.`, trouble.remedy)]
  }
}

async function room(folder: string): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(folder)
  const left = Math.floor((bavail * bsize) / MEGABYTE)
  const remedy = `Free space on the disk of ${folder}: sign-in fails when the disk is full.`
  if (left < LACKING) return [fail(`Only ${left} MB are free on its disk.`, remedy)]
  return left < SCARCE
    ? [warn(`Only ${left} MB are free on its disk.`, remedy)]
    : [ok(`${left.toLocaleString('en')} MB are free on its disk.`)]
}

interface PostgresState {
  readonly version: string
  readonly reading: string
  readonly username: string
  readonly mayWrite: boolean
  readonly hasView: boolean
}

const STATE = `SELECT current_setting('server_version') AS version, current_user AS username,
  current_setting('transaction_read_only') AS reading,
  coalesce(has_table_privilege(to_regclass('users'), 'INSERT'), true) AS "mayWrite",
  to_regclass('${PEOPLE_VIEW}') IS NOT NULL AS "hasView"`

async function checkPostgres({
  databaseUrl,
  databaseUrlDirect,
}: DatabaseSettings): Promise<readonly Finding[]> {
  const { default: pg } = await import('pg')
  const clientOf = (url: string) =>
    new pg.Client({
      ...postgresConnection(url),
      connectionTimeoutMillis: 5000,
      query_timeout: 10_000,
    }).on('error', () => {})
  const client = clientOf(databaseUrl)
  const listener = clientOf(databaseUrlDirect ?? databaseUrl)
  try {
    await client.connect()
    await listener.connect()
    const { rows } = await client.query(STATE)
    const [{ version, reading, username, mayWrite, hasView }] = rows as [PostgresState]
    return [
      ok(`Postgres ${version}.`),
      ...(reading === 'off'
        ? []
        : [fail('It is read-only.', 'Point DATABASE_URL at the primary, not at a replica.')]),
      ...(mayWrite
        ? []
        : [
            fail(
              `The user ${username} has no permission to write to the tables.`,
              'Use the owner of the tables in DATABASE_URL, or grant that user all rights on them.',
            ),
          ]),
      // A replica is read-only.
      ...(reading === 'off' ? await notifications(client, listener, databaseUrlDirect !== undefined) : []),
      ...(await tables(databaseUrlDirect ?? databaseUrl)),
      ...peopleView(hasView),
    ]
  } finally {
    await Promise.all([client.end(), listener.end()])
  }
}

/** Whether notifications of one connection reach another, which a pooler in transaction mode prevents. */
async function notifications(
  client: ClientBase,
  listener: ClientBase,
  isDirectGiven: boolean,
): Promise<readonly Finding[]> {
  const channel = `latchkey_doctor_${randomUUID().replaceAll('-', '')}`
  const { promise: heard, resolve } = Promise.withResolvers<true>()
  listener.on('notification', (message) => {
    if (message.channel === channel) resolve(true)
  })
  await listener.query(`LISTEN ${channel}`)
  await client.query('SELECT pg_notify($1, $2)', [channel, ''])
  if (await Promise.race([heard, setTimeout(NOTIFICATION_TIMEOUT, false, { ref: false })])) {
    return [ok('Notifications arrive: services learn of changes at once.')]
  }
  return [
    warn(
      `Notifications do not arrive over ${isDirectGiven ? 'DATABASE_URL_DIRECT' : 'DATABASE_URL'}: services poll for ` +
        'revocations four times a second instead.',
      isDirectGiven
        ? 'Set it to the address of Postgres itself, not of a pooler, on the same server as DATABASE_URL.'
        : 'Set DATABASE_URL_DIRECT to the address of Postgres itself, not of the pooler in transaction mode.',
    ),
  ]
}

/** The migration that creates it may be missing, which is a finding of its own, or someone dropped it. */
const peopleView = (isThere: boolean): readonly Finding[] =>
  isThere
    ? []
    : [
        warn(
          `There is no view ${PEOPLE_VIEW}: apps with authDatabase() answer 503.`,
          'Run "latchkey migrate". If all migrations are applied, run the statement in the migration people_view of this package again, and then "latchkey grant-reader".',
        ),
      ]

async function tables(url: string): Promise<readonly Finding[]> {
  const { applied, missing, newer } = await readMigrationState(url)
  if (newer) {
    return [
      fail(
        'A newer version of the service has changed the tables.',
        'Install that version here, or restore the backup from before the upgrade with the version of that time.',
      ),
    ]
  }
  return missing.length > 0
    ? [
        fail(
          `Migrations are missing: ${missing.join(', ')}.`,
          'Run "latchkey migrate", or start this version of the auth service.',
        ),
      ]
    : [ok(`All migrations are applied (${applied.length}).`)]
}
