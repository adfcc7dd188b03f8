import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { insertIf } from '../../../../auth-service/src/platform/database/row-locks.ts'
import { freshPostgres } from '../../../support/database.ts'
import { NOW } from '../../../support/tokens.ts'
import {
  addUser,
  onBothDatabases,
  openService,
  type TestService,
  testConfig,
} from '../../support/services.ts'

const rowFor = (userId: number) => ({
  id: 'a session',
  userId,
  currentJti: 'a token',
  previousJti: null,
  rotatedAt: NOW,
  createdAt: NOW,
  lastUsedAt: NOW,
  expiresAt: NOW + 10,
  idleExpiresAt: NOW + 5,
  accessTtl: 300,
  isPersistent: false,
  secretHash: null,
  amr: null,
  authenticatedAt: NOW,
  userAgent: 'Firefox',
  address: '',
  deviceAppId: null,
})

const stored = ({ database: { db, sessions } }: TestService) => db.select().from(sessions)

onBothDatabases('A row about a user', (open) => {
  it('is inserted unchanged if the user matches the condition', async () => {
    const service = await open()
    const { database } = service
    const { id } = await addUser(service)
    const which = eq(database.users.firstName, 'Ada')
    expect(await insertIf(database, database.sessions, rowFor(id), which)).toBe(true)
    expect(await stored(service)).toEqual([rowFor(id)])
  })

  it('is not inserted if no user matches', async () => {
    const service = await open()
    const { database } = service
    const { id } = await addUser(service)
    const which = eq(database.users.firstName, 'Eve')
    expect(await insertIf(database, database.sessions, rowFor(id), which)).toBe(false)
    expect(await stored(service)).toEqual([])
  })
})

/** A second connection to the database of a service on Postgres, with Ada in it. */
async function withAnother() {
  const databaseUrl = await freshPostgres()
  const service = await openService(testConfig({ databaseUrl }))
  onTestFinished(() => service.close())
  const other = new pg.Client(databaseUrl)
  await other.connect()
  onTestFinished(() => other.end())
  /** Waits until a statement waits for another transaction. */
  async function untilStatementWaits() {
    const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    while ((await other.query(waiting)).rowCount === 0);
  }
  return { service, ada: await addUser(service), other, untilStatementWaits }
}

it('waits on Postgres for the outcome of a running change', async () => {
  const { service, ada, other, untilStatementWaits } = await withAnother()
  const { database } = service
  await other.query('BEGIN')
  await other.query("UPDATE users SET first_name = 'Eve'")
  const which = eq(database.users.firstName, 'Ada')
  const inserted = insertIf(database, database.sessions, rowFor(ada.id), which)
  await untilStatementWaits()
  await other.query('COMMIT')
  expect(await inserted).toBe(false)
  expect(await stored(service)).toEqual([])
})

it('is seen on Postgres by a change that begins during the insert', async () => {
  const { service, ada, other, untilStatementWaits } = await withAnother()
  const inTransaction = { ...service.database, db: drizzle(other) }
  await other.query('BEGIN')
  const which = eq(service.database.users.firstName, 'Ada')
  expect(await insertIf(inTransaction, service.database.sessions, rowFor(ada.id), which)).toBe(true)
  const changed = service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
  await untilStatementWaits()
  await other.query('COMMIT')
  expect(await changed).toMatchObject({ ok: true })
  expect(await stored(service)).toEqual([])
  const { entries } = await service.revocations.since(0)
  expect(entries).toMatchObject([{ sub: ada.uuid, sids: ['a session'] }])
})
