/**
 * Fills the auth service's database with users, sessions, groups, invitations, emails and a year of history, to test it
 * at scale: `npm run seed -- 500000`. DATABASE_URL selects the database, as for the service. These users cannot sign
 * in.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { type Column, getTableColumns, type SQL, type SQLChunk, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { type Database, openDatabase } from '../auth-service/src/platform/database/open.ts'
import { createLog } from '../auth-service/src/platform/logging/logger.ts'
import { canonicalEmail } from '../auth-service/src/platform/validation/email-address.ts'

const FIRST = [
  'Ada',
  'Grace',
  'Alan',
  'Lin',
  'Émilie',
  'Jürgen',
  'Zoë',
  'Omar',
  'Mei',
  'Sofía',
  'Noor',
  'Åsa',
]
const LAST = [
  'Lovelace',
  'Hopper',
  'Turing',
  'Okafor',
  'Nowak',
  'Schröder',
  'García',
  'Kowalski',
  'Tanaka',
  'Li',
]
const HOSTS = ['example.com', 'example.org', 'mail.example.net', 'firm.example', 'school.example']
const EVENTS = ['signed_in', 'signed_in', 'signed_in', 'signed_in', 'signed_out', 'sign_in_failed'] as const

const DAY = 86_400
const YEAR = 365 * DAY
/** Users per transaction. */
const USERS = 2000

const among = <T>(values: readonly T[], i: number): T => values[i % values.length] as T

interface SeedOptions {
  /** How many users to add. */
  readonly people: number
  /** The time in seconds. */
  readonly now: number
  /** Called with the progress, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** How many groups there are: one for all users, and others with two percent of them each. */
const GROUPS = 51

/**
 * One user in 500 is staff, one in 5000 a superuser, one in fifty disabled, one in ten unverified. One in twenty was
 * invited, one in ten got an email, one in twenty has a valid link.
 */
export async function seedPeople(
  database: Database,
  { people, now, onProgress }: SeedOptions,
): Promise<void> {
  const { users, sessions, auditLog, groups, groupMembers, invitations, outbox, oneTimeTokens } = database
  const [last] = await database.db.select({ id: sql`max(${users.id})`.mapWith(Number) }).from(users)
  const begin = (last?.id ?? 0) + 1
  // A stamp keeps the addresses of several runs apart.
  const stamp = randomBytes(3).toString('hex')

  const names = Array.from({ length: GROUPS }, (_, i) => (i === 0 ? `all-${stamp}` : `group-${i}-${stamp}`))
  const groupIds = await database.db
    .insert(groups)
    .values(names.map((name) => ({ name, createdAt: now - YEAR })))
    .returning({ id: groups.id })
  const groupAt = (n: number) => among(groupIds, n).id

  const personAt = (n: number) => {
    const createdAt = now - YEAR + Math.floor((n / people) * YEAR)
    const [firstName, lastName] = [among(FIRST, n), among(LAST, Math.floor(n / FIRST.length))]
    const email = `${firstName}.${lastName}.${n}.${stamp}@${among(HOSTS, n)}`.toLowerCase()
    return {
      id: begin + n,
      uuid: randomUUID(),
      email,
      emailCanonical: canonicalEmail(email),
      firstName,
      lastName,
      password: '!',
      isActive: n % 50 !== 7,
      isStaff: n % 500 === 3,
      isSuperuser: n % 5000 === 3,
      createdAt,
      changedAt: createdAt,
      lastLoginAt: n % 3 === 0 ? null : createdAt + 60,
      emailVerifiedAt: n % 10 === 1 ? null : createdAt + 30,
    }
  }
  const sessionOf = (person: ReturnType<typeof personAt>, n: number) => {
    const lastUsedAt = now - ((n * 97) % (4 * DAY))
    const createdAt = lastUsedAt - (n % 25) * DAY
    return {
      id: randomBytes(16).toString('base64url'),
      userId: person.id,
      currentJti: 'seed',
      previousJti: null,
      rotatedAt: createdAt,
      createdAt,
      lastUsedAt,
      expiresAt: createdAt + 30 * DAY,
      idleExpiresAt: Math.min(createdAt + 30 * DAY, lastUsedAt + 5 * DAY),
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      address: `192.0.2.${n % 256}`,
    }
  }
  const entriesOf = ({ uuid }: ReturnType<typeof personAt>, n: number) =>
    [0, 1].map((turn) => {
      const event = among(EVENTS, n + turn)
      const actor = event === 'sign_in_failed' ? null : uuid
      const [userAgent, address] = ['seed', `192.0.2.${n % 256}`]
      const at = now - ((n * 61 + turn * 7_919_113) % YEAR)
      return { at, event, subject: uuid, actor, sid: null, userAgent, address, details: '{}' }
    })
  const membershipsOf = ({ id }: ReturnType<typeof personAt>, n: number) =>
    [0, 1 + (n % (GROUPS - 1))].map((group) => ({ groupId: groupAt(group), userId: id }))
  const invitationOf = ({ uuid, email, createdAt }: ReturnType<typeof personAt>) => ({
    tokenHash: randomBytes(32).toString('base64url'),
    email,
    isStaff: false,
    createdAt: createdAt - DAY,
    expiresAt: createdAt + 6 * DAY,
    acceptedAt: createdAt,
    acceptedBy: uuid,
  })
  const mailOf = ({ email, createdAt }: ReturnType<typeof personAt>) => ({
    recipient: email,
    subject: 'Please confirm your email address',
    text: 'An email of the usual length. '.repeat(20),
    createdAt,
    attempts: 1,
    dueAt: null,
    sentAt: createdAt,
  })
  const linkOf = ({ id, email }: ReturnType<typeof personAt>) => ({
    hash: randomBytes(32).toString('base64url'),
    purpose: 'verify_email' as const,
    userId: id,
    email,
    attempts: 0,
    createdAt: now,
    expiresAt: now + DAY,
  })

  for (let from = 0; from < people; from += USERS) {
    const to = Math.min(from + USERS, people)
    const numbers = Array.from({ length: to - from }, (_, i) => from + i)
    const batch = numbers.map(personAt)
    /** Every nth of them, beginning with `first`. */
    const ofEach = <Row>(
      each: number,
      first: number,
      make: (person: (typeof batch)[number], n: number) => Row,
    ) =>
      numbers.filter((n) => n % each === first).map((n) => make(batch[n - from] as (typeof batch)[number], n))
    await database.transaction([
      ...inserted(database, users, batch),
      ...inserted(database, sessions, ofEach(2, 0, sessionOf)),
      ...inserted(database, auditLog, ofEach(1, 0, entriesOf).flat()),
      ...inserted(database, groupMembers, ofEach(1, 0, membershipsOf).flat()),
      ...inserted(database, invitations, ofEach(20, 5, invitationOf)),
      ...inserted(database, outbox, ofEach(10, 1, mailOf)),
      ...inserted(database, oneTimeTokens, ofEach(20, 1, linkOf)),
    ])
    onProgress?.(to / people)
  }
  if (database.dialect === 'postgres') {
    // The ids were set explicitly; the sequence must continue after them.
    await database.db.execute(sql`SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users`)
    await database.db.execute(sql`ANALYZE`)
  }
}

/** All rows as one parameter: building an INSERT with a parameter for each value takes several times as long. */
function inserted<Row extends object>(
  { dialect }: Database,
  table: SQLiteTable | PgTable,
  rows: readonly Row[],
): SQL[] {
  if (rows.length === 0) return []
  const columns = Object.entries<Column>(getTableColumns(table)).filter(([key]) => key in (rows[0] as Row))
  const names = columns.map(([, { name }]) => sql.identifier(name))
  const values = rows.map((row) =>
    columns.map(([key, column]) => {
      const value = row[key as keyof Row] as unknown
      return value === null ? null : column.mapToDriverValue(value)
    }),
  )
  const json = JSON.stringify(values)
  const list = (parts: SQLChunk[]) => sql.join(parts, sql`, `)
  const into = sql`INSERT INTO ${table} (${list(names)})`
  const cast = (column: Column) =>
    dialect === 'sqlite' ? '' : `::${column.getSQLType().replace('serial', 'integer')}`
  const read = columns.map(([, column], i) => sql.raw(`(value ->> ${i})${cast(column)}`))
  const given =
    dialect === 'sqlite'
      ? sql`json_each(${json})`
      : sql`json_array_elements(${json}::json) WITH ORDINALITY AS given (value, at) ORDER BY at`
  return [sql`${into} SELECT ${list(read)} FROM ${given}`]
}

async function main(): Promise<void> {
  const people = Number(process.argv[2])
  if (!Number.isSafeInteger(people) || people < 1 || people > 10_000_000) {
    console.error('Pass the number of users: npm run seed -- 500000')
    process.exit(2)
  }
  const url = process.env.DATABASE_URL ?? 'file:latchkey.sqlite'
  const database = await openDatabase({ databaseUrl: url }, createLog('warn'))
  const begun = performance.now()
  try {
    const onProgress = (share: number) => process.stdout.write(`\r${Math.floor(share * 100)} %`)
    await seedPeople(database, { people, now: Math.floor(Date.now() / 1000), onProgress })
  } finally {
    await database.close()
  }
  const took = Math.round((performance.now() - begun) / 1000)
  console.log(`\rAdded ${people.toLocaleString('en')} users in ${took} s. Open /admin/people to see them.`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
