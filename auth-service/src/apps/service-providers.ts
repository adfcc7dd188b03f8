import { success } from '@latchkey/jwt-middleware/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { Actor, Audit } from '../events/audit-log.ts'
import type { Config } from '../platform/config/config.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import { message } from '../platform/i18n/message.ts'
import type { Apps, RegisteredApp } from './apps.ts'
import {
  providerDetailsOf,
  readServiceProvider,
  type ServiceProvider,
  type ServiceProviderInput,
  type ServiceProviderResult,
} from './service-provider-input.ts'
import { givenOf, isStillStored } from './stored-row.ts'

/** Which apps are service providers of SAML, and how. Every method throws on an outage. */
export interface ServiceProviders {
  /**
   * Makes the app a service provider, or changes the given properties. `null` if the app does not exist. Changes nothing
   * if an expected value has changed.
   */
  set(
    appId: number,
    input: ServiceProviderInput,
    by: Actor,
    seen?: (provider: ServiceProvider | null) => boolean,
  ): Promise<
    ServiceProviderResult<RegisteredApp> | { readonly ok: false; readonly now: RegisteredApp } | null
  >
  /** The app stays, and no one signs in to it by SAML; `false` if it was no service provider. */
  remove(appId: number, by: Actor): Promise<boolean>
}

export interface ServiceProvidersOptions {
  readonly config: Pick<Config, 'https'>
  readonly database: Database
  readonly apps: Pick<Apps, 'list' | 'reload'>
  readonly audit: Pick<Audit, 'step'>
}

/** The service providers in the database. */
export function createServiceProviders(options: ServiceProvidersOptions): ServiceProviders {
  const { config, database, apps: cache, audit } = options
  const { apps, samlRequests, samlServiceProviders: providers, samlSignIns } = database
  const find = (id: number): RegisteredApp | undefined => cache.list().find((app) => app.id === id)

  return {
    async set(appId, input, by, seen = () => true) {
      await cache.reload()
      const before = find(appId)
      if (!before) return null
      if (!seen(before.saml)) return { ok: false, now: before }
      const read = await readServiceProvider(
        { ...(before.saml && providerDetailsOf(before.saml)), ...givenOf(input) },
        config.https,
      )
      if (!read.ok) return read
      const { entityId } = read.value
      const other = cache.list().find((app) => app.id !== appId && app.saml?.entityId === entityId)
      if (other) return taken(other.name)
      const row = rowOf(read.value)
      const which = eq(apps.id, appId)
      const condition = isStillStored(providers, appId, before.saml && rowOf(before.saml))
      const entry = {
        event: 'saml_provider_changed',
        subject: null,
        actor: by.uuid,
        sid: null,
        device: by.device,
        details: {
          app: before.name,
          app_id: appId,
          before: before.saml && providerDetailsOf(before.saml),
          after: providerDetailsOf(read.value),
        },
      } as const
      try {
        const results = await database.transaction((handle) => [
          ...lockRows(database, apps, which),
          audit.step(entry, sql`FROM ${apps} WHERE ${which} AND ${condition}`),
          before.saml === null
            ? handle
                .insert(providers)
                .values({ appId, ...row })
                .onConflictDoNothing({ target: providers.appId })
                .returning({ id: providers.appId })
            : handle
                .update(providers)
                .set(row)
                .where(and(eq(providers.appId, appId), condition))
                .returning({ id: providers.appId }),
        ])
        await cache.reload()
        const app = find(appId)
        if (!app) return null
        return results.at(-1)?.length === 1 ? success(app) : { ok: false, now: app }
      } catch (error) {
        // Another process gave the entity ID to another app just now.
        if (!isUniqueViolation(error)) throw error
        await cache.reload()
        const winner = cache.list().find((app) => app.id !== appId && app.saml?.entityId === entityId)
        return taken(winner?.name ?? '')
      }
    },
    async remove(appId, by) {
      await cache.reload()
      const before = find(appId)
      if (!before?.saml) return false
      const details = { app: before.name, app_id: appId, before: providerDetailsOf(before.saml) }
      const entry = { event: 'saml_provider_removed', subject: null, actor: by.uuid, sid: null } as const
      const results = await database.transaction((handle) => [
        ...lockRows(database, apps, eq(apps.id, appId)),
        audit.step(
          { ...entry, device: by.device, details },
          sql`FROM ${providers} WHERE ${eq(providers.appId, appId)}`,
        ),
        ...[samlRequests, samlSignIns].map(
          (table) => sql`DELETE FROM ${table} WHERE ${eq(table.appId, appId)}`,
        ),
        handle.delete(providers).where(eq(providers.appId, appId)).returning({ id: providers.appId }),
      ])
      await cache.reload()
      return results.at(-1)?.length === 1
    },
  }
}

const taken = (app: string) => ({
  ok: false as const,
  errors: { entity_id: message('This entity ID is already registered for {app}.', { app }) },
})

const rowOf = ({ consumers, certificates, groups, ...provider }: ServiceProvider) => ({
  ...provider,
  consumers: JSON.stringify(consumers),
  certificates: JSON.stringify(certificates),
  groups: groups === null ? null : JSON.stringify(groups),
})
