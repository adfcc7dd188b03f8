import { and, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import { joinParameter } from '../../platform/database/join-parameter.ts'
import type { Database } from '../../platform/database/open.ts'
import { createSingleFlight } from '../../platform/process/single-flight.ts'
import { userColumns } from '../../users/user-record.ts'
import { isMeantFor } from './api-token.ts'

/**
 * Finds a token that this app may accept at this moment, with its user or its own app; `undefined` if there is none. The
 * time is in seconds.
 */
export type FindApiToken = (hash: string, appId: number, at: number) => Promise<FoundApiToken | undefined>

export type FoundApiToken = Awaited<ReturnType<ReturnType<typeof prepare>['execute']>>[number]

const value = sql.placeholder

/** Every app asks once for each token, so most of the cost would be to build the statement. */
function prepare(database: Database, isWanted: SQL, name: string) {
  const { db, apiTokens, apps, users } = database
  return db
    .select({
      token: apiTokens,
      user: userColumns(database),
      owner: { name: apps.name, clientId: apps.clientId },
    })
    .from(apiTokens)
    .leftJoin(users, eq(users.id, apiTokens.userId))
    .leftJoin(apps, eq(apps.id, apiTokens.ownAppId))
    .where(
      and(
        isWanted,
        or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, value('at'))),
        isMeantFor(database, value('appId')),
      ),
    )
    .prepare(name)
}

/** The look-up of tokens in this database. */
export const createTokenLookup = (database: Database): FindApiToken =>
  database.dialect === 'postgres' ? lookUpTogether(database) : lookUpEach(database)

/** For SQLite, which is in this process. */
function lookUpEach(database: Database): FindApiToken {
  const byHash = prepare(database, eq(database.apiTokens.hash, joinParameter('hash')), 'latchkey_api_token')
  return async (hash, appId, at) => (await byHash.execute({ hash, appId, at }))[0]
}

/** What was asked while the last query ran. */
interface Batch {
  readonly appId: number
  readonly at: number
  readonly hashes: Set<string>
  /** The tokens by their hash. */
  readonly found: PromiseWithResolvers<ReadonlyMap<string, FoundApiToken>>
}

/**
 * How many values Postgres expects in an array that it does not know (`estimate_array_length` in its selfuncs.c). For
 * fewer ones, a plan of their own seems cheaper than the generic one, so that it plans every query again: four times the
 * CPU time of the look-up itself.
 */
const EXPECTED = 10

/** At least that many, of which the others repeat the first: the index is asked once for each. */
function padded(hashes: ReadonlySet<string>): readonly string[] {
  const all = [...hashes]
  const [first = ''] = all
  return all.length < EXPECTED ? [...all, ...Array(EXPECTED - all.length).fill(first)] : all
}

/**
 * For Postgres: what an app asks while a query runs is the next query, since a query costs more than the rest of an
 * answer.
 */
function lookUpTogether(database: Database): FindApiToken {
  const wanted = sql`${database.apiTokens.hash} = ANY(${value('hashes')})`
  const byHashes = prepare(database, wanted, 'latchkey_api_tokens')
  let waiting: Batch[] = []

  const flight = createSingleFlight(async () => {
    const batches = waiting
    waiting = []
    await Promise.all(
      batches.map(async ({ appId, at, hashes, found }) => {
        try {
          const rows = await byHashes.execute({ hashes: padded(hashes), appId, at })
          found.resolve(new Map(rows.map((row) => [row.token.hash, row])))
        } catch (error) {
          found.reject(error)
        }
      }),
    )
  })

  function begin(appId: number, at: number): Batch {
    const found = Promise.withResolvers<ReadonlyMap<string, FoundApiToken>>()
    const batch = { appId, at, hashes: new Set<string>(), found }
    waiting.push(batch)
    return batch
  }

  return async (hash, appId, at) => {
    const batch = waiting.find((one) => one.appId === appId && one.at === at) ?? begin(appId, at)
    batch.hashes.add(hash)
    flight.wake()
    return (await batch.found.promise).get(hash)
  }
}
