import type { PublicJwk, Revocation } from '@latchkey/jwt-middleware'
import {
  and,
  asc,
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
import type { Config } from './config.ts'
import { changedAgain } from './database/changed-at.ts'
import type { Database, Statement } from './database/types.ts'
import type { Log } from './log.ts'

/** What is known from some id on: the live entries, ascending, and the highest id there is. */
export interface Backlog {
  readonly last: number
  readonly entries: readonly Revocation[]
}

/**
 * Hears of entries as they come, whichever process made them, beginning with all that are live. A batch holds all
 * entries there are with ids above `after`; where the ids began anew (a restored database), `after` is Infinity.
 */
export type RevocationListener = (entries: readonly Revocation[], after: number) => void

/** What apps hear of signing keys: one that is withdrawn, and new ones, of which only those are told that are stored. */
export interface KeyNews {
  readonly removed?: string
  readonly published?: readonly PublicJwk[]
}

/** Whose sessions are meant: a condition on their rows. */
type Which = SQL | undefined

/** What a change of a person does to their sessions: tokens renewed, all of them ended, or all but one. */
export type Effect = 'stale' | 'over' | { readonly overBut: string }

/** What ends before its time, for all apps to hear within a second. Every method throws on an outage. */
export interface Revocations {
  /** Ends those of these sessions that there are: the row goes and the feed tells, both or neither. */
  endSessions(sids: readonly string[]): Promise<void>
  /** Ends all sessions that match, likewise; how many. `also` goes before, in the same transaction. */
  endWhere(which: Which, also?: readonly SQL[]): Promise<number>
  /** Has the tokens of these sessions renewed that were issued before that moment, in seconds. */
  staleSessions(sids: readonly string[], before: number): Promise<void>
  /**
   * Changes a person, and in the same transaction makes the tokens of their sessions stale, or ends sessions; the rows
   * that the change returns. `also` goes last. Nothing happens to the sessions where `ifSo` is not true of the person
   * after the change, since it was none.
   */
  changePerson<Row extends object>(
    uuid: string,
    change: (db: Database['db']) => PromiseLike<readonly Row[]>,
    effect: Effect,
    also?: readonly SQL[],
    ifSo?: SQL,
  ): Promise<readonly Row[]>
  /**
   * Changes what tokens tell of several people, and in the same transaction bumps each one's `changedAt` and makes
   * their tokens stale; the rows that each step returns. Bounded by the caller: all of it is one transaction.
   */
  changePeople(
    which: Which,
    steps: (db: Database['db']) => readonly Statement[],
  ): Promise<readonly (readonly object[])[]>
  /**
   * Changes a person if `onlyIf` is true of their row, and otherwise nothing. With them go the tokens of their sessions
   * that were issued before `staleBefore`, in seconds, or the sessions themselves where it is `null`. `also` goes before,
   * in the same transaction, and asks for the same condition by itself.
   */
  changePersonIf<Row extends object>(
    onlyIf: SQL,
    change: (db: Database['db']) => PromiseLike<readonly Row[]>,
    staleBefore: number | null,
    also?: readonly SQL[],
  ): Promise<readonly Row[]>
  /** Deletes a person with their sessions, if `onlyIf` is true of them; `false` where there is none. `also` goes before. */
  deletePerson(uuid: string, also?: readonly SQL[], onlyIf?: SQL): Promise<boolean>
  /** Changes the signing keys and tells of it in the same transaction; the rows that each statement returned. */
  changeKeys(
    news: KeyNews,
    change?: (db: Database['db']) => readonly Statement[],
  ): Promise<readonly (readonly object[])[]>
  /**
   * The live entries with higher ids, at most `limit` of them; all where the id is higher than any of ours, since
   * then it is of a database that was replaced.
   */
  since(id: number, limit?: number): Promise<Backlog>
  /** Returns what ends the subscription. `ended` is called where it is we who end it, because the service stops. */
  subscribe(listener: RevocationListener, ended?: () => void): () => void
  /** Whether the last look at the database succeeded; a stream must not pretend to be live when it did not. */
  hears(): boolean
  /** Deletes what everybody may forget; how many. */
  sweep(): Promise<number>
  /** Ends all subscriptions. What is announced from then on is stored, and told by others. */
  close(): Promise<void>
}

/** Seconds for which an entry outlives the tokens it is about: as much as any app lets its clock be wrong. */
export const CLOCK_TOLERANCE = 60
/** Seconds for which news of people and keys are told, so that apps which were off for long hear of them too. */
export const DELETION_TTL = 30 * 86_400

export interface RevocationsOptions {
  readonly config: Pick<Config, 'accessTtl'>
  readonly database: Database
  readonly log: Log
  readonly now: () => number
}

/** The feed of revocations, in the database. */
export function createRevocations({ config, database, log, now }: RevocationsOptions): Revocations {
  const { db, revocations, sessions, signingKeys, users } = database
  const seconds = () => Math.floor(now() / 1000)
  const untilTokensAreDead = () => seconds() + config.accessTtl + CLOCK_TOLERANCE
  const reading = prepareReading(database)

  /** Only what is announced is deleted: a session that starts meanwhile must not go in silence. */
  const over = (handle: Database['db'], which: Which) => [
    sql`INSERT INTO ${revocations} (sid, exp)
      SELECT ${sessions.id}, ${untilTokensAreDead()} FROM ${sessions} WHERE ${which ?? sql`true`}`,
    handle
      .delete(sessions)
      .where(and(which, inArray(sessions.id, announcedAsOver(handle))))
      .returning({ id: sessions.id }),
  ]

  const announcedAsOver = (handle: Database['db']) =>
    handle
      .select({ sid: revocations.sid })
      .from(revocations)
      .where(and(sql`${revocations.sid} IS NOT NULL`, sql`${revocations.before} IS NULL`))

  const stale = (which: Which, before: SQL | number) =>
    sql`INSERT INTO ${revocations} (sid, ${sql.identifier('before')}, exp)
      SELECT ${sessions.id}, ${before}, ${untilTokensAreDead()} FROM ${sessions} WHERE ${which ?? sql`true`}`

  const ofPerson = (uuid: string, ifSo: SQL) =>
    sql`${sessions.userId} = (SELECT ${users.id} FROM ${users} WHERE ${users.uuid} = ${uuid} AND ${ifSo})`

  // Every token that knows of the change has a later `iat` than this: see tokens.ts.
  const afterItsChange = (uuid: string) =>
    sql`(SELECT ${users.changedAt} + 1 FROM ${users} WHERE ${users.uuid} = ${uuid})`

  const bump = (which: Which) =>
    sql`UPDATE ${users} SET changed_at = ${changedAgain(database, seconds())} WHERE ${which}`

  /** A session that begins meanwhile is there before the change, to be found by it, or waits for what comes of it. */
  const locked = (which: SQL) =>
    database.dialect === 'postgres' ? [sql`SELECT 1 FROM ${users} WHERE ${which} FOR NO KEY UPDATE`] : []

  const staleAll = (which: Which) =>
    sql`INSERT INTO ${revocations} (sid, ${sql.identifier('before')}, exp)
      SELECT ${sessions.id}, ${users.changedAt} + 1, ${untilTokensAreDead()}
      FROM ${users} JOIN ${sessions} ON ${sessions.userId} = ${users.id} WHERE ${which}`

  // Whoever stole it can write any `exp`: apps must not forget it while they may still hold the key.
  const withdrawn = (kid: string) =>
    sql`INSERT INTO ${revocations} (kid, exp) VALUES (${kid}, ${seconds() + DELETION_TTL})`

  const stored = (jwk: PublicJwk) =>
    sql`INSERT INTO ${revocations} (kid, jwk, exp)
      SELECT ${signingKeys.kid}, ${JSON.stringify(jwk)}, ${seconds() + DELETION_TTL} FROM ${signingKeys}
      WHERE ${signingKeys.kid} = ${jwk.kid}`

  async function announce(statements: (handle: Database['db']) => readonly Statement[]) {
    const results = await database.announce(statements)
    wake()
    return results
  }

  async function endWhere(which: Which, also: readonly SQL[] = []): Promise<number> {
    const results = await announce((handle) => [...also, ...over(handle, which)])
    return results.at(-1)?.length ?? 0
  }

  async function since(id: number, limit = Number.MAX_SAFE_INTEGER): Promise<Backlog> {
    // Read first: what comes in between has a higher id, and is told next time.
    const [newest] = await reading.last.execute()
    const last = newest?.id ?? 0
    if (last === id) return { last, entries: [] }
    const rows = await reading.after.execute({ id: last < id ? 0 : id, last, now: seconds(), limit })
    return { last, entries: rows.map(entryOf) }
  }

  const listeners = new Map<RevocationListener, () => void>()
  let closed = false
  let unwatch = () => {}
  let position = 0
  let hearing = true
  let flight: Promise<void> | null = null
  let wokenMeanwhile = false

  /** One look at a time; woken during one, it looks once more. */
  function wake(): void {
    wokenMeanwhile = flight !== null
    if (flight || listeners.size === 0) return
    flight = look()
      .catch((error) => {
        if (hearing) log.warn({ err: error }, 'could not read the revocations; the streams fall silent')
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
      // Somebody new is listening, who knows nothing yet.
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
    async endSessions(sids) {
      if (sids.length > 0) await endWhere(inArray(sessions.id, [...sids]))
    },
    endWhere,
    async staleSessions(sids, before) {
      if (sids.length > 0) await announce(() => [stale(inArray(sessions.id, [...sids]), before)])
    },
    async changePerson<Row extends object>(
      uuid: string,
      change: (handle: Database['db']) => PromiseLike<readonly Row[]>,
      effect: Effect,
      also: readonly SQL[] = [],
      ifSo: SQL = sql`true`,
    ) {
      const theirs = ofPerson(uuid, ifSo)
      const ended =
        effect === 'stale' ? null : effect === 'over' ? theirs : and(theirs, ne(sessions.id, effect.overBut))
      const [changed] = await announce((handle) => [
        change(handle),
        ...(ended === null ? [] : over(handle, ended)),
        ...(effect === 'over' ? [] : [stale(theirs, afterItsChange(uuid))]),
        ...also,
      ])
      return changed as readonly Row[]
    },
    changePeople: (which, steps) => announce((handle) => [...steps(handle), bump(which), staleAll(which)]),
    async changePersonIf<Row extends object>(
      onlyIf: SQL,
      change: (handle: Database['db']) => PromiseLike<readonly Row[]>,
      staleBefore: number | null,
      also: readonly SQL[] = [],
    ) {
      const theirs = sql`${sessions.userId} IN (SELECT ${users.id} FROM ${users} WHERE ${onlyIf})`
      const results = await announce((handle) => [
        ...locked(onlyIf),
        ...also,
        ...(staleBefore === null ? over(handle, theirs) : [stale(theirs, staleBefore)]),
        change(handle),
      ])
      return results.at(-1) as readonly Row[]
    },
    async deletePerson(uuid, also = [], onlyIf) {
      const person = and(eq(users.uuid, uuid), onlyIf)
      const theirs = sql`${sessions.userId} IN (SELECT ${users.id} FROM ${users} WHERE ${person})`
      const results = await announce((handle) => [
        ...also,
        ...over(handle, theirs),
        sql`INSERT INTO ${revocations} (sub, exp)
          SELECT ${users.uuid}, ${seconds() + DELETION_TTL} FROM ${users} WHERE ${person}`,
        handle.delete(users).where(person).returning({ id: users.id }),
      ])
      return (results.at(-1)?.length ?? 0) > 0
    },
    changeKeys: ({ removed, published = [] }, change = () => []) =>
      announce((handle) => [
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
      // The newest stays: it tells how far the ids have come.
      const newest = db.select({ id: sql`max(${revocations.id})` }).from(revocations)
      const kids = db.select({ kid: signingKeys.kid }).from(signingKeys)
      const outdated = and(isNotNull(revocations.jwk), notInArray(revocations.kid, kids))
      const dead = or(lte(revocations.exp, seconds()), outdated)
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

/** Compiled once, since SQLite is asked four times a second. */
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

function entryOf({ id, sid, before, sub, kid, jwk, exp }: Row): Revocation {
  if (jwk !== null) return { id, jwk: JSON.parse(jwk), exp }
  if (kid !== null) return { id, kid, removed: true, exp }
  if (sub !== null) return { id, sub, deleted: true, exp }
  return before === null ? { id, sid: sid as string, exp } : { id, sid: sid as string, before, exp }
}
