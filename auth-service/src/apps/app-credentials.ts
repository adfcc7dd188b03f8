import { failure, isOpaqueToken, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, asc, eq, gt, isNull, lte, or, type Placeholder, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import { createOpaqueSecret, hashOfSecret } from '../platform/crypto/opaque-secret.ts'
import { isRandomToken, randomToken } from '../platform/crypto/random-id.ts'
import { joinParameter } from '../platform/database/join-parameter.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Log } from '../platform/logging/logger.ts'
import { createUseLog } from '../platform/process/use-log.ts'
import { appOf } from './app-row.ts'
import type { App } from './registered-app.ts'

/** A secret of an app, without its value. */
export interface AppSecret {
  readonly id: number
  /** Its first characters. */
  readonly start: string
  readonly createdAt: number
  /** When it stops working; `null` for the current one. */
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

/** New credentials of an app: `AUTH_CLIENT_ID` and `AUTH_CLIENT_SECRET`. The secret can't be read again. */
export interface IssuedCredentials {
  readonly clientId: string
  readonly clientSecret: string
  /** When the earlier secret stops working; `null` if there was none. */
  readonly earlierExpiresAt: number | null
}

/** An app with the secret that it sent. */
export interface AuthenticatedApp extends App {
  readonly secretId: number
}

/** Why no secret was issued. */
export type IssueRefusal = 'not_found' | 'two_valid'

/** The credentials with which registered apps identify themselves. Every method throws on an outage. */
export interface AppCredentials {
  /** The valid secrets of an app, oldest first. */
  list(appId: number): Promise<readonly AppSecret[]>
  /**
   * Issues a secret. An earlier one works for `overlap` seconds more; of two at the same time, the older must be
   * revoked first. Without an overlap, all tokens that the app has for itself are revoked.
   */
  issue(appId: number, by: Actor, overlap?: number): Promise<Result<IssuedCredentials, IssueRefusal>>
  /** Revokes a secret and the tokens that the app has for itself at once; `false` if it has no such secret. */
  revoke(appId: number, secretId: number, by: Actor): Promise<boolean>
  /**
   * The app with these credentials; `null` if they are wrong, expired or revoked. Another process may have revoked them
   * within the last second.
   */
  authenticate(clientId: string, clientSecret: string): Promise<AuthenticatedApp | null>
  /** Deletes expired secrets; returns how many. */
  deleteExpired(): Promise<number>
  /** Resolves once the last uses are stored. */
  close(): Promise<void>
}

/** For how long an earlier secret works after a new one was issued, in seconds, if nothing else is said. */
export const OVERLAP = 7 * 86_400

export interface AppCredentialsOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly log: Log
  readonly now: () => number
}

/** For how long valid credentials are not looked up again, in ms: apps ask about each token that is new to them. */
const KNOWN_FOR = 1000

/** The credentials of apps in the database. */
export function createAppCredentials(options: AppCredentialsOptions): AppCredentials {
  const { database, audit, revocations, log, now } = options
  const { db, apps, appSecrets } = database
  const uses = createUseLog<number>({
    write: async (at) => {
      for (const [id, lastUsedAt] of at) {
        await db.update(appSecrets).set({ lastUsedAt }).where(eq(appSecrets.id, id))
      }
    },
    log,
    now,
  })

  /** Valid credentials by the hash of the secret: few, since every app has two at most. */
  const known = new Map<
    string,
    {
      readonly clientId: string
      readonly app: AuthenticatedApp
      readonly from: number
      readonly until: number
    }
  >()

  const isValid = (at: number | Placeholder = unixTime(now)) =>
    or(isNull(appSecrets.expiresAt), gt(appSecrets.expiresAt, at))

  const byCredentials = db
    .select({ id: appSecrets.id, expiresAt: appSecrets.expiresAt, app: apps })
    .from(appSecrets)
    .innerJoin(apps, eq(apps.id, appSecrets.appId))
    .where(
      and(
        eq(appSecrets.hash, joinParameter('hash')),
        eq(apps.clientId, joinParameter('clientId')),
        isValid(sql.placeholder('at')),
      ),
    )
    .prepare('latchkey_app_secret')

  const entry = (event: AuditEvent, by: Actor, details: object, from: ReturnType<typeof sql>) =>
    audit.step(
      { event, subject: null, actor: by.uuid, sid: null, device: by.device, details: { ...details } },
      from,
    )

  return {
    list: (appId) =>
      db
        .select({
          id: appSecrets.id,
          start: appSecrets.start,
          createdAt: appSecrets.createdAt,
          expiresAt: appSecrets.expiresAt,
          lastUsedAt: appSecrets.lastUsedAt,
        })
        .from(appSecrets)
        .where(and(eq(appSecrets.appId, appId), isValid()))
        .orderBy(asc(appSecrets.id)),
    async issue(appId, by, overlap = OVERLAP) {
      const [app] = await db.select().from(apps).where(eq(apps.id, appId))
      if (!app) return failure('not_found')
      const { secret, hash, start } = createOpaqueSecret('app_secret')
      const at = unixTime(now)
      const which = eq(apps.id, appId)
      const valid = sql`(SELECT count(*) FROM ${appSecrets} WHERE ${and(eq(appSecrets.appId, appId), isValid())})`
      const isIssued = sql`EXISTS (SELECT 1 FROM ${appSecrets} WHERE ${eq(appSecrets.hash, hash)})`
      const run = overlap > 0 ? database.transaction : revocations.publish
      const results = await run((handle) => [
        ...lockRows(database, apps, which),
        entry(
          'app_secret_created',
          by,
          { app: app.name, app_id: appId, secret: start },
          sql`FROM ${apps} WHERE ${which} AND ${valid} < 2`,
        ),
        sql`INSERT INTO ${appSecrets} (app_id, hash, start, created_at)
          SELECT ${apps.id}, ${hash}, ${start}, ${at} FROM ${apps} WHERE ${which} AND ${valid} < 2`,
        handle
          .update(apps)
          .set({ clientId: randomToken() })
          .where(and(which, isNull(apps.clientId), isIssued))
          .returning({ id: apps.id }),
        ...(overlap > 0 ? [] : revocations.entries.endOfAppTokens(appId, isIssued)),
        handle
          .update(appSecrets)
          .set({ expiresAt: at + overlap })
          .where(
            and(
              eq(appSecrets.appId, appId),
              isNull(appSecrets.expiresAt),
              sql`${appSecrets.hash} <> ${hash}`,
              isIssued,
            ),
          )
          .returning({ id: appSecrets.id }),
        handle.select({ clientId: apps.clientId }).from(apps).where(and(which, isIssued)),
      ])
      known.clear()
      const [replaced, issued] = results.slice(-2) as [readonly object[], readonly { clientId: string }[]]
      const [found] = issued
      if (!found) return failure('two_valid')
      return success({
        clientId: found.clientId,
        clientSecret: secret,
        earlierExpiresAt: replaced.length > 0 ? at + overlap : null,
      })
    },
    async revoke(appId, secretId, by) {
      const which = and(eq(appSecrets.appId, appId), eq(appSecrets.id, secretId), isValid())
      const [found] = await db
        .select({ start: appSecrets.start, app: apps.name })
        .from(appSecrets)
        .innerJoin(apps, eq(apps.id, appSecrets.appId))
        .where(which)
      if (!found) return false
      const results = await revocations.publish((handle) => [
        ...lockRows(database, apps, eq(apps.id, appId)),
        ...revocations.entries.endOfAppTokens(
          appId,
          sql`EXISTS (SELECT 1 FROM ${appSecrets} WHERE ${which})`,
        ),
        entry(
          'app_secret_revoked',
          by,
          { app: found.app, app_id: appId, secret: found.start },
          sql`FROM ${appSecrets} WHERE ${which}`,
        ),
        handle.delete(appSecrets).where(which).returning({ id: appSecrets.id }),
      ])
      known.clear()
      return results.at(-1)?.length === 1
    },
    async authenticate(clientId, clientSecret) {
      if (!isRandomToken(clientId) || !isOpaqueToken('app_secret', clientSecret)) return null
      const hash = hashOfSecret(clientSecret)
      const recent = known.get(hash)
      // A clock that was set back makes it look newer than it is.
      const isRecent = recent !== undefined && recent.from <= now() && now() < recent.until
      if (isRecent && recent.clientId === clientId) return recent.app
      known.delete(hash)
      const [found] = await byCredentials.execute({ hash, clientId, at: unixTime(now) })
      if (!found) return null
      uses.note(found.id, unixTime(now))
      const app = { ...appOf(found.app), secretId: found.id }
      // An earlier secret works to the end of its last second.
      const end = found.expiresAt === null ? Number.POSITIVE_INFINITY : found.expiresAt * 1000
      known.set(hash, { clientId, app, from: now(), until: Math.min(now() + KNOWN_FOR, end) })
      return app
    },
    async deleteExpired() {
      const over = lte(appSecrets.expiresAt, unixTime(now))
      return (await db.delete(appSecrets).where(over).returning({ id: appSecrets.id })).length
    },
    close: uses.close,
  }
}
