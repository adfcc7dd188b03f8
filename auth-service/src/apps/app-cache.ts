import { asc, eq, inArray } from 'drizzle-orm'
import type { Revocations } from '../events/events.ts'
import type { PathRule } from '../platform/config/access-rules.ts'
import type { Database } from '../platform/database/open.ts'
import type { Log } from '../platform/logging/logger.ts'
import { appOf, oidcClientOf, serviceProviderOf } from './app-row.ts'
import type { RegisteredApp } from './registered-app.ts'

/** The groups that have each permission of an app. */
export type Grants = ReadonlyMap<string, readonly string[]>

/**
 * The registered apps in memory. The process that makes a change sees it at once. Others see new apps within seconds,
 * and changes of an app with rules within a second.
 */
export interface AppCache {
  /** All of them, by name. */
  list(): readonly RegisteredApp[]
  /** The app with this origin, or `null`. */
  at(origin: string): RegisteredApp | null
  /** All origins. */
  origins(): readonly string[]
  /** The permissions that an app has published; empty for an app without rules about permissions. */
  grantsOf(id: number): Grants
  /** Reads them again, after a change of their credentials or rules. Throws on an outage. */
  reload(): Promise<void>
  close(): void
}

/** How often to check for changes by other processes, in ms. */
const REFRESH = 2000

export interface AppCacheOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly log: Log
}

/** Reads the apps, and again whenever they may have changed. */
export async function createAppCache({ database, revocations, log }: AppCacheOptions): Promise<AppCache> {
  const { db, apps, appPermissions, oidcClients, samlServiceProviders } = database
  let known: readonly RegisteredApp[] = []
  let byOrigin: ReadonlyMap<string, RegisteredApp> = new Map()
  let grants: ReadonlyMap<number, Grants> = new Map()

  let [begun, applied] = [0, 0]
  async function load(): Promise<void> {
    const turn = ++begun
    const rows = await db
      .select({ app: apps, client: oidcClients, provider: samlServiceProviders })
      .from(apps)
      .leftJoin(oidcClients, eq(oidcClients.appId, apps.id))
      .leftJoin(samlServiceProviders, eq(samlServiceProviders.appId, apps.id))
      .orderBy(asc(apps.name))
    const read = rows.map(({ app, client, provider }) => ({
      ...appOf(app),
      oidc: client && oidcClientOf(client),
      saml: provider && serviceProviderOf(provider),
    }))
    const granted = await readGrants(
      read.filter(({ rules }) => rules.some(needsPermission)).map(({ id }) => id),
    )
    // A read that began later has newer apps.
    if (turn < applied) return
    applied = turn
    grants = granted
    known = read
    byOrigin = new Map(known.flatMap((app) => app.origins.map((origin) => [origin, app])))
  }

  async function readGrants(ids: readonly number[]): Promise<ReadonlyMap<number, Grants>> {
    if (ids.length === 0) return new Map()
    const rows = await db
      .select()
      .from(appPermissions)
      .where(inArray(appPermissions.appId, [...ids]))
    const ofApp = (id: number) => rows.filter(({ appId }) => appId === id)
    return new Map(
      ids.map((id) => [id, new Map(ofApp(id).map(({ name, groups }) => [name, JSON.parse(groups)]))]),
    )
  }

  let isRead = true
  async function refresh(): Promise<void> {
    try {
      await load()
      isRead = true
    } catch (error) {
      if (isRead) log.warn({ err: error }, 'could not reload the apps; the cached list stays in use')
      isRead = false
    }
  }

  // Before the first read, which may be too old for a change meanwhile.
  const unsubscribe = revocations.subscribe((entries, after) => {
    // A restored database may have other apps.
    if (after === Number.POSITIVE_INFINITY || entries.some((entry) => 'apps' in entry)) void refresh()
  })
  await load()
  const refreshing = setInterval(refresh, REFRESH).unref()

  return {
    list: () => known,
    at: (origin) => byOrigin.get(origin) ?? null,
    origins: () => [...byOrigin.keys()],
    grantsOf: (id) => grants.get(id) ?? new Map(),
    reload: load,
    close() {
      clearInterval(refreshing)
      unsubscribe()
    },
  }
}

const needsPermission = ({ allow }: PathRule): boolean => typeof allow === 'object' && 'permissions' in allow
