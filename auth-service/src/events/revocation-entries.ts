import type { PersonRevocation, PublicJwk, Revocation } from '@latchkey/jwt-middleware/contract'
import { and, type Column, eq, inArray, ne, type SQL, sql } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { ChangedAgain } from '../platform/database/changed-at.ts'
import type { Database, Statement } from '../platform/database/database.ts'

/** All sessions of a user have ended; with their ids, for apps that do not know such entries. */
export type EndOfSessions = PersonRevocation & { readonly sids: readonly string[] }

/** What is known of the registered apps is outdated. For the processes of this service: apps don't hear of it. */
export interface AppsChange {
  readonly id: number
  readonly exp: number
  readonly apps: 'changed'
}

/** One entry, as stored. */
export type FeedEntry = Exclude<Revocation, PersonRevocation> | EndOfSessions | AppsChange

/**
 * Seconds for which an entry outlives its tokens: apps may accept a token for 60 seconds after its end, and the clocks
 * of two auth services may differ by 30, of which one dated the token and one the entry.
 */
export const CLOCK_TOLERANCE = 90
/** Seconds for which entries about users and keys are kept, for apps that were off for long. */
export const DELETION_TTL = 30 * 86_400
/** Seconds for which entries about apps are kept: all processes of this service read the feed four times a second. */
const APPS_CHANGE_TTL = 3600
/** Seconds for which an app keeps what it knows of an API token. */
const API_TOKEN_CACHE = 600

/**
 * The entries of the feed, each as steps of a publishing transaction. An entry about the earlier state of rows is
 * written before they change.
 */
export interface FeedEntries {
  /** Ends all matching sessions, with an entry for each. The last step returns the ids of the ended ones. */
  endOfSessions(db: Database['db'], which: SQL | undefined): readonly Statement[]
  /**
   * Ends the sessions of the user matching `person`, except `kept`, with one entry. Their row is locked by now, so that
   * no session starts meanwhile. `after` is the row's state after the change.
   */
  endOfAll(db: Database['db'], person: SQL, kept: string | null, after: ChangedAgain): readonly Statement[]
  /** Makes the tokens of these users stale, or of one session only. `after` as above, or from the row. */
  stale(people: SQL | undefined, after: ChangedAgain, sid?: string): SQL
  /** The entry also ends all their sessions. */
  deletion(person: SQL | undefined): SQL
  /** Revokes these API tokens, with an entry for each; before they are deleted. */
  apiTokensRevoked(which: SQL | undefined): SQL
  /**
   * Revokes the tokens that an app has for itself, if the condition is true. Lock the app's row first, so that it gets no
   * others meanwhile.
   */
  endOfAppTokens(appId: number, onlyIf: SQL): SQL[]
  /** What apps know of these users' API tokens is outdated; for users who have some. */
  apiTokensStale(people: SQL): SQL
  /** What processes of this service know of the registered apps is outdated, if one matches; before it changes. */
  appsChanged(which: SQL | undefined): SQL
  keyRemoved(kid: string): SQL
  /** For a key that is already stored. */
  keyPublished(jwk: PublicJwk): SQL
}

export interface FeedEntriesOptions {
  readonly config: Pick<Config, 'accessTtl'>
  readonly database: Database
  readonly now: () => number
}

export function createFeedEntries({ config, database, now }: FeedEntriesOptions): FeedEntries {
  const { apiTokens, apps, revocations, sessions, signingKeys, users } = database
  const untilCachesAreEmpty = () => unixTime(now) + API_TOKEN_CACHE + CLOCK_TOLERANCE
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

  const publishedAsOver = (handle: Database['db']) =>
    handle
      .select({ sid: revocations.sid })
      .from(revocations)
      .where(and(sql`${revocations.sid} IS NOT NULL`, sql`${revocations.before} IS NULL`))

  const but = (kept: string | null) => (kept === null ? undefined : ne(sessions.id, kept))

  const listOf = (ids: Column) =>
    database.dialect === 'sqlite' ? sql`json_group_array(${ids})` : sql`json_agg(${ids})::text`

  const apiTokensRevoked = (which: SQL | undefined) =>
    sql`INSERT INTO ${revocations} (api_token, exp)
      SELECT ${apiTokens.publicId}, ${untilCachesAreEmpty()} FROM ${apiTokens} WHERE ${which ?? sql`true`}`

  return {
    endOfSessions: (handle, which) => [
      sql`INSERT INTO ${revocations} (sid, exp)
        SELECT ${sessions.id}, ${untilTokensAreDead()}
        FROM ${sessions} JOIN ${users} ON ${users.id} = ${sessions.userId} WHERE ${which ?? sql`true`}`,
      // Deletes only what was published: a session that starts meanwhile must not disappear silently.
      handle
        .delete(sessions)
        .where(and(which, inArray(sessions.id, publishedAsOver(handle))))
        .returning({ id: sessions.id }),
    ],
    endOfAll(handle, person, kept, after) {
      const theirs = and(eq(sessions.userId, users.id), but(kept))
      const ofTheirs = (what: SQL) => sql`(SELECT ${what} FROM ${sessions} WHERE ${theirs})`
      const longest = ofTheirs(sql`max(${sessions.accessTtl})`)
      return [
        sql`INSERT INTO ${revocations} (sub, ${before}, version, kept, sids, exp)
          SELECT ${users.uuid}, ${after.changedAt} + 1, ${after.version}, ${kept}, ${ofTheirs(listOf(sessions.id))},
            ${untilTokensAreDead(longest)}
          FROM ${users} WHERE ${person} AND EXISTS ${ofTheirs(sql`1`)}`,
        handle
          .delete(sessions)
          .where(
            and(sql`${sessions.userId} IN (SELECT ${users.id} FROM ${users} WHERE ${person})`, but(kept)),
          )
          .returning({ id: sessions.id }),
      ]
    },
    stale: (people, after, sid) =>
      sql`INSERT INTO ${revocations} (sid, ${before}, version, exp)
        SELECT ${sessions.id}, ${after.changedAt} + 1, ${after.version}, ${untilTokensAreDead()}
        FROM ${users} JOIN ${sessions} ON ${sessions.userId} = ${users.id}
        WHERE ${and(people, sid === undefined ? undefined : eq(sessions.id, sid)) ?? sql`true`}`,
    deletion: (person) =>
      sql`INSERT INTO ${revocations} (sub, exp)
        SELECT ${users.uuid}, ${unixTime(now) + DELETION_TTL} FROM ${users} WHERE ${person}`,
    apiTokensRevoked,
    endOfAppTokens(appId, onlyIf) {
      const which = sql`${eq(apiTokens.ownAppId, appId)} AND ${onlyIf}`
      return [apiTokensRevoked(which), sql`DELETE FROM ${apiTokens} WHERE ${which}`]
    },
    apiTokensStale: (people) =>
      sql`INSERT INTO ${revocations} (sub, api_token, exp)
        SELECT ${users.uuid}, ${ALL_TOKENS}, ${untilCachesAreEmpty()} FROM ${users}
        WHERE ${people} AND EXISTS (SELECT 1 FROM ${apiTokens} WHERE ${apiTokens.userId} = ${users.id})`,
    appsChanged: (which) =>
      sql`INSERT INTO ${revocations} (apps_changed, exp)
        SELECT true, ${unixTime(now) + APPS_CHANGE_TTL} WHERE EXISTS (SELECT 1 FROM ${apps} WHERE ${which ?? sql`true`})`,
    // A key thief can write any `exp`: apps must not forget the removal while they may still have the key.
    keyRemoved: (kid) =>
      sql`INSERT INTO ${revocations} (kid, exp) VALUES (${kid}, ${unixTime(now) + DELETION_TTL})`,
    keyPublished: (jwk) =>
      sql`INSERT INTO ${revocations} (kid, jwk, exp)
        SELECT ${signingKeys.kid}, ${JSON.stringify(jwk)}, ${unixTime(now) + DELETION_TTL} FROM ${signingKeys}
        WHERE ${signingKeys.kid} = ${jwk.kid}`,
  }
}

type Row = Database['revocations']['$inferSelect']

/** Instead of a token's id: all tokens of the user. */
const ALL_TOKENS = '*'

/** A stored entry. */
export function entryOf({
  id,
  sid,
  before,
  version,
  sub,
  kept,
  sids,
  kid,
  jwk,
  apiToken,
  appsChanged,
  exp,
}: Row): FeedEntry {
  if (appsChanged) return { id, apps: 'changed', exp }
  if (apiToken !== null)
    return sub === null ? { id, token: apiToken, exp } : { id, sub, tokens: 'changed', exp }
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
