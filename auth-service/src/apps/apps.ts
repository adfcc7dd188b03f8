import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, not, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows, lockTable } from '../platform/database/row-locks.ts'
import { message } from '../platform/i18n/message.ts'
import type { Log } from '../platform/logging/logger.ts'
import { type AppCache, createAppCache } from './app-cache.ts'
import { type AppFacts, type AppInput, type AppResult, readApp, unfit } from './app-input.ts'
import { type AppRow, appOf, detailsOf, rowOf } from './app-row.ts'
import type { App } from './registered-app.ts'
import { givenOf } from './stored-row.ts'
import { beyondScopes } from './token-scopes.ts'

export type { App, RegisteredApp } from './registered-app.ts'

/** An app that another administrator has changed after it was shown, as it is now. */
export interface AppChangedMeanwhile {
  readonly ok: false
  readonly now: App
}

/** The registered apps. Writing throws on an outage. */
export interface Apps extends AppCache {
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
}

/** Whether an app still has the expected values. */
export type AppsSeen = (app: App) => boolean

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
  const { config, database, audit, revocations, now } = options
  const { apps, apiTokens } = database
  const cache = await createAppCache(options)

  /** Validates the input, and ensures that no origin belongs to two apps. */
  function read(input: AppInput, id?: number): AppResult<AppFacts> {
    const facts = readApp(input, config.https)
    if (!facts.ok) return facts
    const taken = facts.value.origins.find((origin) => (cache.at(origin)?.id ?? id) !== id)
    if (taken === undefined) return facts
    return unfit({
      origins: message('{origin} is already registered for {app}.', {
        origin: taken,
        app: cache.at(taken)?.name ?? '',
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

  return {
    ...cache,
    async create(input, by) {
      // Another process may have registered the origin just now.
      await cache.reload()
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
      await cache.reload()
      const [row] = results.at(-1) as readonly AppRow[]
      if (row) return success(appOf(row))
      const again = read(input)
      return again.ok ? NAME_TAKEN : again
    },
    async change(id, input, by, seen = () => true) {
      await cache.reload()
      const before = cache.list().find((app) => app.id === id)
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
        await cache.reload()
        const [row] = results.at(-1) as readonly AppRow[]
        if (row) return success(appOf(row))
        // Another process was faster.
        const again = read(wanted, id)
        if (!again.ok) return again
        const current = cache.list().find((app) => app.id === id)
        return current ? { ok: false, now: current } : null
      } catch (error) {
        if (isUniqueViolation(error)) return NAME_TAKEN
        throw error
      }
    },
    async remove(id, by) {
      await cache.reload()
      const before = cache.list().find((app) => app.id === id)
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
      await cache.reload()
      if (results.at(-1)?.length === 1) return success(true)
      return failure(cache.list().some((app) => app.id === id) ? 'has_rules' : 'not_found')
    },
  }
}

/** An app without rules, as stored. */
const NO_RULES = JSON.stringify([])

/** A start page that was never chosen follows the first origin. */
const followingStart = ({ origins, startUrl }: AppFacts): AppInput =>
  startUrl === `${origins[0]}/` ? { start_url: '' } : {}
