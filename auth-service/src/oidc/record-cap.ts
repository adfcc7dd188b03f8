import { loggableHost, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import { count, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '../platform/database/open.ts'
import type { OidcRecords } from './records.ts'

/**
 * The most records that wait for users of apps that describe themselves, of all domains together. Each network has a
 * limit of its own, but strangers can come from many.
 */
export const MOST_WAITING = 10_000

/** How many a process stores before it counts all of them: each process can exceed the cap by that. */
export const COUNTED_EVERY = 100

/** Keeps what strangers can have stored for apps that describe themselves below a cap. */
export interface RecordCap {
  /**
   * Called after such a record was stored. Beyond the cap, expired records are deleted, and then those of the domain
   * that has most, beginning with the ones that expire first: an app with few waiting users loses none. Throws on an
   * outage.
   */
  noteStored(): Promise<void>
}

export interface RecordCapOptions {
  readonly database: Pick<Database, 'db' | 'dialect' | 'oidcRecords'>
  readonly records: Pick<OidcRecords, 'deleteExpired'>
  readonly warn: WarnLimited
}

export function createRecordCap({ database, records, warn }: RecordCapOptions): RecordCap {
  const { db, dialect, oidcRecords } = database
  const { hash, documentSite, expiresAt } = oidcRecords
  let stored = 0

  async function isExceeded(): Promise<boolean> {
    const [counted] = await db.select({ all: count() }).from(oidcRecords).where(isNotNull(documentSite))
    return (counted?.all ?? 0) > MOST_WAITING
  }

  /** Returns the domains of the records that it deleted. */
  async function evict(): Promise<readonly (string | null)[]> {
    // Postgres scans a list of row addresses without a join, so that no plan is slow where statistics are out of date.
    const id = dialect === 'postgres' ? sql`${oidcRecords}.ctid` : sql`${oidcRecords}.rowid`
    // The first record of each domain, then the second of each, and so on: what comes after the cap is one too many.
    const places = sql`
      SELECT ${id} AS id, ${hash} AS hash, ${expiresAt} AS expires_at,
        row_number() OVER (PARTITION BY ${documentSite} ORDER BY ${expiresAt} DESC, ${hash}) AS place
      FROM ${oidcRecords} WHERE ${documentSite} IS NOT NULL`
    const ranks = sql`
      SELECT id, row_number() OVER (ORDER BY place, expires_at DESC, hash) AS rank FROM (${places}) AS places`
    const excess = sql`SELECT id FROM (${ranks}) AS ranks WHERE rank > ${MOST_WAITING}`
    // Another process may be deleting the same, in another order: neither waits for the other.
    const free = sql`
      SELECT ${id} FROM ${oidcRecords} WHERE ${id} = ANY(ARRAY(${excess})) FOR UPDATE SKIP LOCKED`
    const deleted = await db
      .delete(oidcRecords)
      .where(dialect === 'postgres' ? sql`${id} = ANY(ARRAY(${free}))` : sql`${id} IN (${excess})`)
      .returning({ site: documentSite })
    return deleted.map(({ site }) => site)
  }

  return {
    async noteStored() {
      stored += 1
      if (stored % COUNTED_EVERY !== 0 || !(await isExceeded())) return
      await records.deleteExpired()
      const sites = await evict()
      if (sites.length === 0) return
      warn(
        {
          event: 'oidc_requests_evicted',
          host: loggableHost(`https://${mostFrequent(sites)}`),
          setting: 'OIDC_CLIENT_METADATA',
        },
        EVICTED,
      )
    },
  }
}

const EVICTED = `deleted requests of apps that describe themselves, since more than ${MOST_WAITING} waited for their users. "host" has most of them. If this goes on, limit requests to /oidc at your proxy, or set OIDC_CLIENT_METADATA=off`

/** The domain that comes up most often. */
function mostFrequent(sites: readonly (string | null)[]): string {
  const counts = new Map<string, number>()
  for (const site of sites) counts.set(site ?? '', (counts.get(site ?? '') ?? 0) + 1)
  const [[most] = ['']] = [...counts].sort(([, a], [, b]) => b - a)
  return most
}
