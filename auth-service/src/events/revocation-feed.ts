import type { PersonRevocation, PublicJwk, Revocation } from '@latchkey/jwt-middleware/contract'
import {
  and,
  asc,
  type Column,
  desc,
  eq,
  gt,
  inArray,
  isNotNull,
  lt,
  lte,
  ne,
  notInArray,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { assignChangedAgain, type ChangedAgain, changedAgain } from '../platform/database/changed-at.ts'
import type { Database, Statement } from '../platform/database/database.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Log } from '../platform/logging/logger.ts'

/** All sessions of a user have ended; with their ids, for apps that do not know such entries. */
export type EndOfSessions = PersonRevocation & { readonly sids: readonly string[] }

/** One entry, as stored. */
export type FeedEntry = Exclude<Revocation, PersonRevocation> | EndOfSessions

/** The live entries after an id, ascending, and the highest id. */
export interface Backlog {
  readonly last: number
  readonly entries: readonly FeedEntry[]
}

/**
 * Called with entries of any process as they arrive, beginning with all live ones. A batch contains all entries with
 * ids above `after`; after a database was restored and ids began again, `after` is Infinity.
 */
export type RevocationListener = (entries: readonly FeedEntry[], after: number) => void

/** Changes of the signing keys for apps: a removed key, and new ones, but only those that were stored. */
export interface KeyNews {
  readonly removed?: string
  readonly published?: readonly PublicJwk[]
}

/** A condition on session rows. */
type Which = SQL | undefined

/** The effect of a user's change on their sessions: renew the tokens, end all sessions, or all but one. */
export type Effect = 'stale' | 'over' | { readonly overBut: string }

/** Everything that ends before its time; apps hear of it within a second. Every method throws on an outage. */
export interface Revocations {
  /**
   * Ends all matching sessions; returns how many. Rows are deleted and published together. `also` runs first, in the
   * same transaction.
   */
  endWhere(which: Which, also?: readonly SQL[]): Promise<number>
  /**
   * Ends all sessions of the user matching `person`, except `kept`, with one entry; returns how many. A sign-in of
   * theirs in progress starts again. The kept session gets new tokens. `also` runs first, as above.
   */
  endAllOf(person: SQL, kept: string | null, also?: readonly SQL[]): Promise<number>
  /**
   * Changes a user, and in the same transaction makes the tokens of their sessions stale or ends sessions; returns the
   * changed rows. The change sets `changedAgain`. `also` runs last. Sessions are not affected unless `ifSo` is true of
   * the user afterwards.
   */
  changePerson<Row extends object>(
    uuid: string,
    change: (db: Database['db']) => PromiseLike<readonly Row[]>,
    effect: Effect,
    also?: readonly SQL[],
    ifSo?: SQL,
  ): Promise<readonly Row[]>
  /**
   * Changes claims of several users, and in the same transaction sets each one's `changedAgain` and makes their tokens
   * stale; returns each step's rows. The caller limits their number, since everything is one transaction.
   */
  changePeople(
    which: Which,
    steps: (db: Database['db']) => readonly Statement[],
  ): Promise<readonly (readonly object[])[]>
  /**
   * Changes a user if `onlyIf` is true of their row, and otherwise does nothing. The change gets the `changedAgain` to
   * set. Their tokens become stale, or all sessions end. `also` runs first in the same transaction, and checks the same
   * condition itself.
   */
  changePersonIf<Row extends object>(
    onlyIf: SQL,
    change: (db: Database['db'], again: ChangedAgain) => PromiseLike<readonly Row[]>,
    effect: 'stale' | 'over',
    also?: readonly SQL[],
  ): Promise<readonly Row[]>
  /** Deletes a user with their sessions if `onlyIf` is true of them; `false` if there is none. `also` runs first. */
  deletePerson(uuid: string, also?: readonly SQL[], onlyIf?: SQL): Promise<boolean>
  /** Changes the signing keys and publishes it in the same transaction; returns each statement's rows. */
  changeKeys(
    news: KeyNews,
    change?: (db: Database['db']) => readonly Statement[],
  ): Promise<readonly (readonly object[])[]>
  /**
   * The live entries with higher ids, at most `limit`; all entries for an id higher than any here, which comes from a
   * replaced database.
   */
  since(id: number, limit?: number): Promise<Backlog>
  /** Returns a function that unsubscribes. `ended` is called when the service stops. */
  subscribe(listener: RevocationListener, ended?: () => void): () => void
  /** Whether the last read of the database succeeded; if not, a stream must not pretend to be live. */
  hears(): boolean
  /** Deletes expired entries; returns how many. */
  sweep(): Promise<number>
  /** Ends all subscriptions. Later entries are stored, and other services deliver them. */
  close(): Promise<void>
}

/**
 * Seconds for which an entry outlives its tokens: apps may accept a token for 60 seconds after its end, and the clocks
 * of two auth services may differ by 30, of which one dated the token and one the entry.
 */
export const CLOCK_TOLERANCE = 90
/** Seconds for which entries about users and keys are kept, for apps that were off for long. */
export const DELETION_TTL = 30 * 86_400

export interface RevocationsOptions {
  readonly config: Pick<Config, 'accessTtl'>
  readonly database: Database
  readonly log: Log
  readonly now: () => number
}

/** The revocation feed in the database. */
export function createRevocations({ config, database, log, now }: RevocationsOptions): Revocations {
  const { db, revocations, sessions, signingKeys, users } = database
  const reading = prepareReading(database)
  const before = sql.identifier('before')

  const greater = (one: SQL | Column, other: number) =>
    sql`CASE WHEN ${one} > ${other} THEN ${one} ELSE ${other} END`

  /**
   * The latest possible end of a session's last access token, whatever its lifetime and date. Older versions of the
   * service dated tokens one second after `changed_at`, which may lie in the future.
   */
  const untilTokensAreDead = (accessTtl: SQL | Column = sessions.accessTtl) =>
    sql`${latestIat()} + ${greater(accessTtl, config.accessTtl)} + ${sql.raw(`${CLOCK_TOLERANCE}`)}`

  const latestIat = () =>
    sql`CASE WHEN ${users.changedAt} > ${unixTime(now)} THEN ${users.changedAt} + 1 ELSE ${unixTime(now)} END`

  /** Deletes only what was published: a session that starts meanwhile must not disappear silently. */
  const over = (handle: Database['db'], which: Which) => [
    sql`INSERT INTO ${revocations} (sid, exp)
      SELECT ${sessions.id}, ${untilTokensAreDead()}
      FROM ${sessions} JOIN ${users} ON ${users.id} = ${sessions.userId} WHERE ${which ?? sql`true`}`,
    handle
      .delete(sessions)
      .where(and(which, inArray(sessions.id, publishedAsOver(handle))))
      .returning({ id: sessions.id }),
  ]

  const publishedAsOver = (handle: Database['db']) =>
    handle
      .select({ sid: revocations.sid })
      .from(revocations)
      .where(and(sql`${revocations.sid} IS NOT NULL`, sql`${revocations.before} IS NULL`))

  const theirs = (kept: string | null) =>
    and(eq(sessions.userId, users.id), kept === null ? undefined : ne(sessions.id, kept)) as SQL

  const listOf = (ids: Column) =>
    database.dialect === 'sqlite' ? sql`json_group_array(${ids})` : sql`json_agg(${ids})::text`

  /**
   * Ends a user's sessions, except `kept`, with one entry. Their row is locked by now, so that no session starts
   * meanwhile. `after` is the row's state after the change.
   */
  const overAll = (handle: Database['db'], person: SQL, kept: string | null, after: ChangedAgain) => {
    const ofTheirs = (what: SQL) => sql`(SELECT ${what} FROM ${sessions} WHERE ${theirs(kept)})`
    const longest = ofTheirs(sql`max(${sessions.accessTtl})`)
    return [
      sql`INSERT INTO ${revocations} (sub, ${before}, version, kept, sids, exp)
        SELECT ${users.uuid}, ${after.changedAt} + 1, ${after.version}, ${kept}, ${ofTheirs(listOf(sessions.id))},
          ${untilTokensAreDead(longest)}
        FROM ${users} WHERE ${person} AND EXISTS ${ofTheirs(sql`1`)}`,
      handle
        .delete(sessions)
        .where(
          and(
            sql`${sessions.userId} IN (SELECT ${users.id} FROM ${users} WHERE ${person})`,
            kept === null ? undefined : ne(sessions.id, kept),
          ),
        )
        .returning({ id: sessions.id }),
    ]
  }

  /** Makes the tokens of these users stale, or of one session only. */
  const stale = (people: Which, after: ChangedAgain, sid?: string) =>
    sql`INSERT INTO ${revocations} (sid, ${before}, version, exp)
      SELECT ${sessions.id}, ${after.changedAt} + 1, ${after.version}, ${untilTokensAreDead()}
      FROM ${users} JOIN ${sessions} ON ${sessions.userId} = ${users.id}
      WHERE ${and(people, sid === undefined ? undefined : eq(sessions.id, sid)) ?? sql`true`}`

  /** The row's values after a change. */
  const changed: ChangedAgain = { version: sql`${users.version}`, changedAt: sql`${users.changedAt}` }

  const bump = (which: Which) =>
    sql`UPDATE ${users} SET ${assignChangedAgain(database, unixTime(now))} WHERE ${which}`

  /** A session that begins meanwhile is either seen by the change, or waits for its outcome. */
  const locked = (which: SQL | undefined) => lockRows(database, users, which)

  // A key thief can write any `exp`: apps must not forget the removal while they may still have the key.
  const withdrawn = (kid: string) =>
    sql`INSERT INTO ${revocations} (kid, exp) VALUES (${kid}, ${unixTime(now) + DELETION_TTL})`

  const stored = (jwk: PublicJwk) =>
    sql`INSERT INTO ${revocations} (kid, jwk, exp)
      SELECT ${signingKeys.kid}, ${JSON.stringify(jwk)}, ${unixTime(now) + DELETION_TTL} FROM ${signingKeys}
      WHERE ${signingKeys.kid} = ${jwk.kid}`

  async function publish(statements: (handle: Database['db']) => readonly Statement[]) {
    const results = await database.publish(statements)
    wake()
    return results
  }

  async function endWhere(which: Which, also: readonly SQL[] = []): Promise<number> {
    const results = await publish((handle) => [...also, ...over(handle, which)])
    return results.at(-1)?.length ?? 0
  }

  async function since(id: number, limit = Number.MAX_SAFE_INTEGER): Promise<Backlog> {
    // Read first: entries added in between have higher ids, and follow in the next read.
    const [newest] = await reading.last.execute()
    const last = newest?.id ?? 0
    if (last === id) return { last, entries: [] }
    const rows = await reading.after.execute({ id: last < id ? 0 : id, last, now: unixTime(now), limit })
    return { last, entries: rows.map(entryOf) }
  }

  const listeners = new Map<RevocationListener, () => void>()
  let closed = false
  let unwatch = () => {}
  let position = 0
  let hearing = true
  let flight: Promise<void> | null = null
  let wokenMeanwhile = false

  /** One read at a time; a wake-up during one starts another. */
  function wake(): void {
    wokenMeanwhile = flight !== null
    if (flight || listeners.size === 0) return
    flight = look()
      .catch((error) => {
        if (hearing)
          log.warn(
            { err: error },
            'could not read the revocations; the streams send no heartbeat until that works',
          )
        hearing = false
      })
      .finally(() => {
        flight = null
        if (wokenMeanwhile) wake()
      })
  }

  async function look(): Promise<void> {
    const after = position
    const { last, entries } = await since(after)
    hearing = true
    if (position !== after) {
      // A new subscriber needs everything.
      wokenMeanwhile = true
      return
    }
    position = last
    const begunAnew = last < after
    if (entries.length === 0 && !begunAnew) return
    for (const listener of listeners.keys()) listener(entries, begunAnew ? Number.POSITIVE_INFINITY : after)
  }

  function unsubscribe(listener: RevocationListener): void {
    if (!listeners.delete(listener) || listeners.size > 0) return
    unwatch()
    unwatch = () => {}
  }

  return {
    endWhere,
    async endAllOf(person, kept, also = []) {
      const again = changedAgain(database, unixTime(now))
      // Ending all sessions must also stop sign-ins in progress. If one session is kept, only the others matter.
      const others = sql`${person} AND EXISTS (SELECT 1 FROM ${sessions} WHERE ${theirs(kept)})`
      const which = kept === null ? person : others
      const results = await publish((handle) => {
        const [entry, deletion] = overAll(handle, person, kept, again)
        const rest = kept === null ? [] : [stale(others, again, kept)]
        return [...locked(person), ...also, entry, ...rest, bump(which), deletion] as Statement[]
      })
      return results.at(-1)?.length ?? 0
    },
    async changePerson<Row extends object>(
      uuid: string,
      change: (handle: Database['db']) => PromiseLike<readonly Row[]>,
      effect: Effect,
      also: readonly SQL[] = [],
      ifSo: SQL = sql`true`,
    ) {
      const person = sql`${users.uuid} = ${uuid} AND ${ifSo}`
      const kept = typeof effect === 'object' ? effect.overBut : null
      const [rows] = await publish((handle) => [
        change(handle),
        ...(effect === 'stale' ? [] : overAll(handle, person, kept, changed)),
        ...(effect === 'over' ? [] : [stale(person, changed)]),
        ...also,
      ])
      return rows as readonly Row[]
    },
    async changePeople(which, steps) {
      const locks = locked(which)
      const results = await publish((handle) => [
        ...locks,
        ...steps(handle),
        bump(which),
        stale(which, changed),
      ])
      return results.slice(locks.length, -2)
    },
    async changePersonIf<Row extends object>(
      onlyIf: SQL,
      change: (handle: Database['db'], again: ChangedAgain) => PromiseLike<readonly Row[]>,
      effect: 'stale' | 'over',
      also: readonly SQL[] = [],
    ) {
      const again = changedAgain(database, unixTime(now))
      const results = await publish((handle) => [
        ...locked(onlyIf),
        ...also,
        ...(effect === 'over' ? overAll(handle, onlyIf, null, again) : [stale(onlyIf, again)]),
        change(handle, again),
      ])
      return results.at(-1) as readonly Row[]
    },
    async deletePerson(uuid, also = [], onlyIf) {
      const person = and(eq(users.uuid, uuid), onlyIf)
      const results = await publish((handle) => [
        // Deletes some sessions first; the deletion is cancelled if the user returns meanwhile.
        ...lockRows(database, users, sql`${users.uuid} = ${uuid} OR ${users.isSuperuser}`),
        ...also,
        // The entry also ends all their sessions.
        sql`INSERT INTO ${revocations} (sub, exp)
          SELECT ${users.uuid}, ${unixTime(now) + DELETION_TTL} FROM ${users} WHERE ${person}`,
        handle.delete(users).where(person).returning({ id: users.id }),
      ])
      return (results.at(-1)?.length ?? 0) > 0
    },
    changeKeys: ({ removed, published = [] }, change = () => []) =>
      publish((handle) => [
        ...change(handle),
        ...(removed === undefined ? [] : [withdrawn(removed)]),
        ...published.map(stored),
      ]),
    since,
    subscribe(listener, ended = () => {}) {
      if (closed) {
        ended()
        return () => {}
      }
      listeners.set(listener, ended)
      if (listeners.size === 1) {
        position = 0
        unwatch = database.watch(wake)
      }
      return () => unsubscribe(listener)
    },
    hears: () => hearing,
    async sweep() {
      // Keeps the newest entry, which records the highest id.
      const newest = db.select({ id: sql`max(${revocations.id})` }).from(revocations)
      const kids = db.select({ kid: signingKeys.kid }).from(signingKeys)
      const outdated = and(isNotNull(revocations.jwk), notInArray(revocations.kid, kids))
      const dead = or(lte(revocations.exp, unixTime(now)), outdated)
      const swept = await db
        .delete(revocations)
        .where(and(dead, lt(revocations.id, sql`(${newest})`)))
        .returning({ id: revocations.id })
      return swept.length
    },
    async close() {
      closed = true
      for (const [listener, ended] of [...listeners]) {
        unsubscribe(listener)
        ended()
      }
      await flight
    },
  }
}

/** Compiled once, since SQLite is polled four times a second. */
function prepareReading({ db, revocations }: Database) {
  const value = sql.placeholder
  return {
    last: db
      .select({ id: revocations.id })
      .from(revocations)
      .orderBy(desc(revocations.id))
      .limit(1)
      .prepare('latchkey_revocations_last'),
    after: db
      .select()
      .from(revocations)
      .where(
        and(
          gt(revocations.id, value('id')),
          lte(revocations.id, value('last')),
          gt(revocations.exp, value('now')),
        ),
      )
      .orderBy(asc(revocations.id))
      .limit(value('limit'))
      .prepare('latchkey_revocations_after'),
  }
}

type Row = Database['revocations']['$inferSelect']

function entryOf({ id, sid, before, version, sub, kept, sids, kid, jwk, exp }: Row): FeedEntry {
  if (jwk !== null) return { id, jwk: JSON.parse(jwk), exp }
  if (kid !== null) return { id, kid, removed: true, exp }
  if (sub !== null && before !== null) {
    const theirs = { sub, before, version: version ?? 0, ...(kept && { kept }) }
    return { id, ...theirs, exp, sids: JSON.parse(sids ?? '[]') }
  }
  if (sub !== null) return { id, sub, deleted: true, exp }
  const session = { id, sid: sid as string }
  return before === null
    ? { ...session, exp }
    : { ...session, before, ...(version !== null && { version }), exp }
}
