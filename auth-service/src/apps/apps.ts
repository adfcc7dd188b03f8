import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, asc, eq, inArray, not, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import type { PathRule } from '../platform/config/access-rules.ts'
import type { Config } from '../platform/config/config.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows, lockTable } from '../platform/database/row-locks.ts'
import { message } from '../platform/i18n/message.ts'
import type { Log } from '../platform/logging/logger.ts'
import { type AppFacts, type AppInput, type AppResult, readApp, unfit } from './app-input.ts'
import { storedRules } from './app-rule.ts'
import type { AuthMethod, OidcClient } from './oidc-client-input.ts'
import type { ServiceProvider } from './service-provider-input.ts'
import { givenOf } from './stored-row.ts'
import { beyondScopes } from './token-scopes.ts'

/** An app that the service knows by name, in the family or outside. */
export interface App extends AppFacts {
  readonly id: number
  /** Its `AUTH_CLIENT_ID`; `null` without credentials. */
  readonly clientId: string | null
  /** Who may open which path behind a proxy, in order: see app-rules.ts. */
  readonly rules: readonly PathRule[]
}

/** An app that another administrator has changed after it was shown, as it is now. */
export interface AppChangedMeanwhile {
  readonly ok: false
  readonly now: App
}

/** The groups that have each permission of an app. */
export type Grants = ReadonlyMap<string, readonly string[]>

/** An app with everything that is registered about it. */
export interface RegisteredApp extends App {
  /** What makes it a client of OpenID Connect; `null` if it is not one. */
  readonly oidc: OidcClient | null
  /** What makes it a service provider of SAML; `null` if it is not one. */
  readonly saml: ServiceProvider | null
}

/**
 * The registered apps. They are cached in memory: the service that makes a change sees it at once. Others see new apps
 * within seconds, and changes of an app with rules within a second. Writing throws on an outage.
 */
export interface Apps {
  /** All of them, by name. */
  list(): readonly RegisteredApp[]
  /** The app with this origin; `null` if there is none. */
  at(origin: string): RegisteredApp | null
  /** All origins. */
  origins(): readonly string[]
  /** The permissions that an app has published; empty for an app without rules about permissions. */
  grantsOf(id: number): Grants
  create(input: AppInput, by: Actor): Promise<AppResult<App>>
  /**
   * Changes the given properties. `null` if the app does not exist. Changes nothing if an expected value has changed.
   */
  change(
    id: number,
    input: AppInput,
    by: Actor,
    seen?: AppsSeen,
  ): Promise<AppResult<App> | AppChangedMeanwhile | null>
  /** Refused for an app with rules: without them, all signed-in users could open what they protect. */
  remove(id: number, by: Actor): Promise<Result<true, 'not_found' | 'has_rules'>>
  /** Reads them again, after a change of their credentials or rules. */
  reload(): Promise<void>
  close(): void
}

/** Whether an app still has the expected values. */
export type AppsSeen = (app: App) => boolean

/** How often to check for changes by other processes, in ms. */
const REFRESH = 2000

export interface AppsOptions {
  readonly config: Pick<Config, 'https'>
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly revocations: Pick<Revocations, 'entries' | 'publish' | 'subscribe'>
  readonly log: Log
  readonly now: () => number
}

/** The apps in the database. */
export async function createApps(options: AppsOptions): Promise<Apps> {
  const { config, database, audit, revocations, log, now } = options
  const { db, apps, appPermissions, apiTokens, oidcClients, samlServiceProviders } = database
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

  /** Validates the input, and ensures that no origin belongs to two apps. */
  function read(input: AppInput, id?: number): AppResult<AppFacts> {
    const facts = readApp(input, config.https)
    if (!facts.ok) return facts
    const taken = facts.value.origins.find((origin) => (byOrigin.get(origin)?.id ?? id) !== id)
    if (taken === undefined) return facts
    return unfit({
      origins: message('{origin} is already registered for {app}.', {
        origin: taken,
        app: byOrigin.get(taken)?.name ?? '',
      }),
    })
  }

  /** Whether another app has one of these origins. The locks of both writers make it true until their transaction ends. */
  const isTaken = (origins: readonly string[], id: number | null) => {
    const listed = origins.map(
      (origin) => sql`replace(other.origins, ${JSON.stringify(origin)}, '') <> other.origins`,
    )
    const others = sql`FROM ${apps} AS other WHERE (${sql.join(listed, sql` OR `)})`
    return id === null ? others : sql`EXISTS (SELECT 1 ${others} AND other.id <> ${id})`
  }

  const step = (event: AuditEvent, by: Actor, details: object, which: ReturnType<typeof sql>) =>
    audit.step(
      { event, subject: null, actor: by.uuid, sid: null, device: by.device, details: { ...details } },
      which,
    )

  const NAME_TAKEN = unfit({ name: message('An app with this name already exists.') })

  await load()
  const refreshing = setInterval(refresh, REFRESH).unref()
  const unsubscribe = revocations.subscribe((entries, after) => {
    // A restored database may have other apps.
    if (after === Number.POSITIVE_INFINITY || entries.some((entry) => 'apps' in entry)) void refresh()
  })

  return {
    list: () => known,
    at: (origin) => byOrigin.get(origin) ?? null,
    origins: () => [...byOrigin.keys()],
    grantsOf: (id) => grants.get(id) ?? new Map(),
    async create(input, by) {
      // Another process may have registered the origin just now.
      await load()
      const facts = read(input)
      if (!facts.ok) return facts
      const { name, origins } = facts.value
      const rivals = isTaken(origins, null)
      const isNew = sql`WHERE NOT EXISTS (SELECT 1 FROM ${apps} WHERE ${apps.name} = ${name})
        AND NOT EXISTS (SELECT 1 ${rivals})`
      const results = await database.transaction((handle) => [
        // Of two simultaneous creations, one is reported as successful.
        ...lockTable(database, apps),
        step('app_created', by, { app: name, origins: origins.join(' ') }, isNew),
        handle
          .insert(apps)
          .values({
            ...rowOf(facts.value),
            // The name of an app with the same origin is a conflict as well, so that nothing is written.
            name: sql`coalesce((SELECT other.name ${rivals} LIMIT 1), ${name})`,
            createdAt: unixTime(now),
            changedAt: unixTime(now),
          })
          .onConflictDoNothing({ target: apps.name })
          .returning(),
      ])
      await load()
      const [row] = results.at(-1) as readonly Row[]
      if (row) return success(appOf(row))
      const again = read(input)
      return again.ok ? NAME_TAKEN : again
    },
    async change(id, input, by, seen = () => true) {
      await load()
      const before = known.find((app) => app.id === id)
      if (!before) return null
      if (!seen(before)) return { ok: false, now: before }
      const wanted = { ...detailsOf(before), ...followingStart(before), ...givenOf(input) }
      const facts = read(wanted, id)
      if (!facts.ok) return facts
      const details = {
        app: before.name,
        app_id: id,
        before: detailsOf(before),
        after: detailsOf(facts.value),
      }
      const was = rowOf(before)
      const which = and(
        eq(apps.id, id),
        eq(apps.name, was.name),
        eq(apps.origins, was.origins),
        eq(apps.startUrl, was.startUrl),
        eq(apps.icon, was.icon),
        eq(apps.tokenScopes, was.tokenScopes),
        not(isTaken(facts.value.origins, id)),
      )
      const losesScopes = beyondScopes(facts.value.tokenScopes, before.tokenScopes).length > 0
      const moves = was.origins !== rowOf(facts.value).origins
      try {
        // Its rules count for its origins.
        const isRuled = before.rules.length > 0
        const results = await (isRuled || losesScopes ? revocations.publish : database.transaction)(
          (handle) => [
            ...lockRows(database, apps, eq(apps.id, id)),
            // Another one may get the same origin at this moment.
            ...(moves ? lockTable(database, apps) : []),
            step('app_changed', by, details, sql`FROM ${apps} WHERE ${which}`),
            ...(isRuled ? [revocations.entries.appsChanged(which)] : []),
            ...(losesScopes
              ? revocations.entries.endOfAppTokens(id, sql`EXISTS (SELECT 1 FROM ${apps} WHERE ${which})`)
              : []),
            handle
              .update(apps)
              .set({ ...rowOf(facts.value), changedAt: unixTime(now) })
              .where(which)
              .returning(),
          ],
        )
        await load()
        const [row] = results.at(-1) as readonly Row[]
        if (row) return success(appOf(row))
        // Another process was faster.
        const again = read(wanted, id)
        if (!again.ok) return again
        const current = known.find((app) => app.id === id)
        return current ? { ok: false, now: current } : null
      } catch (error) {
        if (isUniqueViolation(error)) return NAME_TAKEN
        throw error
      }
    },
    async remove(id, by) {
      await load()
      const before = known.find((app) => app.id === id)
      if (!before) return failure('not_found')
      if (before.rules.length > 0) return failure('has_rules')
      const which = and(eq(apps.id, id), eq(apps.rules, NO_RULES))
      // An app with credentials may have tokens of its own, which are deleted with it, and which other apps may know.
      const mayHaveTokens = before.clientId !== null
      const ownTokens = and(eq(apiTokens.ownAppId, id), sql`EXISTS (SELECT 1 FROM ${apps} WHERE ${which})`)
      const results = await (mayHaveTokens ? revocations.publish : database.transaction)((handle) => [
        ...lockRows(database, apps, eq(apps.id, id)),
        ...(mayHaveTokens ? [revocations.entries.apiTokensRevoked(ownTokens)] : []),
        step(
          'app_deleted',
          by,
          { app: before.name, app_id: id, origins: before.origins.join(' ') },
          sql`FROM ${apps} WHERE ${which}`,
        ),
        handle.delete(apps).where(which).returning({ id: apps.id }),
      ])
      await load()
      if (results.at(-1)?.length === 1) return success(true)
      return failure(known.some((app) => app.id === id) ? 'has_rules' : 'not_found')
    },
    reload: load,
    close() {
      clearInterval(refreshing)
      unsubscribe()
    },
  }
}

type Row = Database['apps']['$inferSelect']
type ClientRow = Database['oidcClients']['$inferSelect']
type ProviderRow = Database['samlServiceProviders']['$inferSelect']

/** An app without rules, as stored. */
const NO_RULES = JSON.stringify([])

const needsPermission = ({ allow }: PathRule): boolean => typeof allow === 'object' && 'permissions' in allow

/** A stored app. */
export const appOf = ({ id, name, origins, startUrl, icon, tokenScopes, clientId, rules }: Row): App => ({
  id,
  clientId,
  name,
  origins: JSON.parse(origins),
  startUrl,
  icon,
  tokenScopes: JSON.parse(tokenScopes),
  rules: storedRules(rules),
})

const oidcClientOf = ({
  redirectUris,
  postLogoutRedirectUris,
  authMethod,
  groups,
  appId: _,
  ...row
}: ClientRow): OidcClient => ({
  ...row,
  redirectUris: JSON.parse(redirectUris),
  postLogoutRedirectUris: JSON.parse(postLogoutRedirectUris),
  authMethod: authMethod as AuthMethod,
  groups: groups === null ? null : JSON.parse(groups),
})

const serviceProviderOf = ({
  consumers,
  certificates,
  groups,
  appId: _,
  ...row
}: ProviderRow): ServiceProvider => ({
  ...row,
  consumers: JSON.parse(consumers),
  certificates: JSON.parse(certificates),
  sloBinding: row.sloBinding as ServiceProvider['sloBinding'],
  nameIdFormat: row.nameIdFormat as ServiceProvider['nameIdFormat'],
  groups: groups === null ? null : JSON.parse(groups),
})

const rowOf = ({ name, origins, startUrl, icon, tokenScopes }: AppFacts) => ({
  name,
  origins: JSON.stringify(origins),
  startUrl,
  icon,
  tokenScopes: JSON.stringify(tokenScopes),
})

/** A start page that was never chosen follows the first origin. */
const followingStart = ({ origins, startUrl }: AppFacts): AppInput =>
  startUrl === `${origins[0]}/` ? { start_url: '' } : {}

/** As JSON. */
export const detailsOf = ({ name, origins, startUrl, icon, tokenScopes }: AppFacts) => ({
  name,
  origins,
  start_url: startUrl,
  icon,
  token_scopes: tokenScopes,
})
