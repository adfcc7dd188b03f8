import { and, eq, gt, inArray, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import type { AdapterPayload } from 'oidc-provider'
import { unixTime } from '../platform/clock.ts'
import { hashOfSecret } from '../platform/crypto/opaque-secret.ts'
import { joinParameter } from '../platform/database/join-parameter.ts'
import type { Database } from '../platform/database/open.ts'
import { cellsOf, rowOfSession } from '../platform/database/row-locks.ts'

/** A stored payload, and when it was used up. */
export interface OidcRecord {
  readonly payload: AdapterPayload
  /** In seconds; `null` if it was not. */
  readonly consumedAt: number | null
}

/** What a record belongs to, beside its payload. */
export interface Belonging {
  /** The session that it ends with. */
  readonly sid: string | null
  readonly appId: number | null
}

/** What to do if a record with this id exists: `keep` it, or take its place (`replace`), at least once it has expired. */
export type IfExists = 'keep' | 'replace' | 'replace_expired'

/**
 * The records of oidc-provider: the id is the secret of most of them, so only its hash is stored. What belongs to a session
 * ends with it, in the same transaction, by its foreign key. Every method throws on an outage.
 */
export interface OidcRecords {
  /** `null` if there is none, or its session is over. It may have expired. */
  find(model: string, id: string): Promise<OidcRecord | null>
  /** `false` if nothing was stored: it exists, or its session is over. */
  store(model: string, id: string, payload: AdapterPayload, life: Life): Promise<boolean>
  /** Marks it as used up; `false` if it was before, or does not exist. */
  consume(model: string, id: string): Promise<boolean>
  delete(model: string, id: string): Promise<void>
  /** Deletes a grant, and the session of the device that has no other. */
  deleteGrant(id: string): Promise<void>
  /** Deletes the codes and tokens of a grant. */
  deleteByGrant(grantId: string): Promise<void>
  /** Deletes expired records; returns how many. */
  deleteExpired(): Promise<number>
}

/** How long a record lives, and with what. */
export interface Life extends Belonging {
  /** In seconds. */
  readonly ttl: number
  /**
   * The domain of an app that describes itself, if the record belongs to no session: see record-cap.ts. Default: `null`.
   */
  readonly documentSite?: string | null
  /** Default: `replace`. */
  readonly ifExists?: IfExists
}

/** Seconds for which expired records are kept: oidc-provider and other processes may have other clocks. */
const CLOCK_TOLERANCE = 60

export interface OidcRecordsOptions {
  readonly database: Database
  readonly now: () => number
}

export function createOidcRecords({ database, now }: OidcRecordsOptions): OidcRecords {
  const { db, oidcRecords, sessions } = database
  const isLive = or(isNull(oidcRecords.sid), gt(sessions.idleExpiresAt, sql.placeholder('at')))
  const byHash = db
    .select({ payload: oidcRecords.payload, consumedAt: oidcRecords.consumedAt })
    .from(oidcRecords)
    .leftJoin(sessions, eq(sessions.id, oidcRecords.sid))
    .where(
      and(eq(oidcRecords.model, joinParameter('model')), eq(oidcRecords.hash, joinParameter('hash')), isLive),
    )
    .prepare('latchkey_oidc_record')

  const one = (model: string, id: string): SQL | undefined =>
    and(eq(oidcRecords.model, model), eq(oidcRecords.hash, hashOfSecret(id)))

  return {
    async find(model, id) {
      const [row] = await byHash.execute({ model, hash: hashOfSecret(id), at: unixTime(now) })
      if (!row) return null
      return { payload: { ...JSON.parse(row.payload), jti: id }, consumedAt: row.consumedAt }
    },
    async store(model, id, { jti: _, consumed: __, ...payload }, life) {
      const { ttl, sid, appId, documentSite = null, ifExists = 'replace' } = life
      const at = unixTime(now)
      const row = {
        model,
        hash: hashOfSecret(id),
        payload: JSON.stringify(payload),
        grantId: payload.grantId ?? null,
        sid,
        appId,
        consumedAt: null,
        expiresAt: at + ttl,
        documentSite,
      }
      const insertion = db
        .insert(oidcRecords)
        .select(
          sid === null
            ? sql`SELECT ${cellsOf(oidcRecords, row)} WHERE true`
            : rowOfSession(database, oidcRecords, row, sid),
        )
      const { model: _model, hash: _hash, ...set } = row
      const target = [oidcRecords.model, oidcRecords.hash]
      const stored =
        ifExists === 'keep'
          ? insertion.onConflictDoNothing({ target })
          : insertion.onConflictDoUpdate({
              target,
              set,
              ...(ifExists === 'replace_expired' && { setWhere: lte(oidcRecords.expiresAt, at) }),
            })
      return (await stored.returning({ hash: oidcRecords.hash })).length > 0
    },
    async consume(model, id) {
      const used = await db
        .update(oidcRecords)
        .set({ consumedAt: unixTime(now) })
        .where(and(one(model, id), isNull(oidcRecords.consumedAt)))
        .returning({ hash: oidcRecords.hash })
      return used.length > 0
    },
    async delete(model, id) {
      await db.delete(oidcRecords).where(one(model, id))
    },
    async deleteGrant(id) {
      const own = db.select({ sid: oidcRecords.sid }).from(oidcRecords).where(one('Grant', id))
      await db.delete(sessions).where(and(isNotNull(sessions.deviceAppId), inArray(sessions.id, own)))
      await db.delete(oidcRecords).where(one('Grant', id))
    },
    async deleteByGrant(grantId) {
      await db.delete(oidcRecords).where(eq(oidcRecords.grantId, grantId))
    },
    async deleteExpired() {
      const dead = lte(oidcRecords.expiresAt, unixTime(now) - CLOCK_TOLERANCE)
      return (await db.delete(oidcRecords).where(dead).returning({ hash: oidcRecords.hash })).length
    },
  }
}
