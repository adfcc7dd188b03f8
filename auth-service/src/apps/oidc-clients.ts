import { success } from '@latchkey/jwt-middleware/contract'
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Actor, Audit } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import type { Config } from '../platform/config/config.ts'
import { randomToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Apps, RegisteredApp } from './apps.ts'
import {
  type OidcClient,
  type OidcClientInput,
  type OidcClientResult,
  readOidcClient,
} from './oidc-client-input.ts'
import { givenOf, isStillStored } from './stored-row.ts'

/** Which apps are clients of OpenID Connect, and how. Every method throws on an outage. */
export interface OidcClients {
  /**
   * Makes the app a client, or changes the given properties. It gets a client id if it has none. `null` if the app does
   * not exist. Changes nothing if an expected value has changed.
   */
  set(
    appId: number,
    input: OidcClientInput,
    by: Actor,
    seen?: (client: OidcClient | null) => boolean,
  ): Promise<OidcClientResult<RegisteredApp> | { readonly ok: false; readonly now: RegisteredApp } | null>
  /** The app stays, and its tokens and its users' consents end; `false` if it was not a client. */
  remove(appId: number, by: Actor): Promise<boolean>
}

export interface OidcClientsOptions {
  readonly config: Pick<Config, 'https'>
  readonly database: Database
  readonly apps: Pick<Apps, 'list' | 'reload'>
  readonly audit: Pick<Audit, 'step'>
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
}

/** The clients in the database. */
export function createOidcClients(options: OidcClientsOptions): OidcClients {
  const { config, database, apps: cache, audit, revocations } = options
  const { apps, deviceRequests, oidcClients, oidcConsents, oidcRecords, oidcSignIns, sessions } = database
  const find = (id: number): RegisteredApp | undefined => cache.list().find((app) => app.id === id)

  return {
    async set(appId, input, by, seen = () => true) {
      await cache.reload()
      const before = find(appId)
      if (!before) return null
      if (!seen(before.oidc)) return { ok: false, now: before }
      const read = readOidcClient(
        { ...(before.oidc && clientDetailsOf(before.oidc)), ...givenOf(input) },
        config.https,
        before.oidc,
      )
      if (!read.ok) return read
      const row = rowOf(read.value)
      const values = { appId, ...row }
      const condition = isStillStored(oidcClients, appId, before.oidc && rowOf(before.oidc))
      const which = eq(apps.id, appId)
      const entry = {
        event: 'oidc_client_changed',
        subject: null,
        actor: by.uuid,
        sid: null,
        device: by.device,
        details: {
          app: before.name,
          app_id: appId,
          before: before.oidc && clientDetailsOf(before.oidc),
          after: clientDetailsOf(read.value),
        },
      } as const
      // Apps may know tokens that it has for itself, and take them until they hear of their end.
      const losesTokens = !read.value.isFirstParty && before.oidc?.isFirstParty !== false
      const results = await (losesTokens ? revocations.publish : database.transaction)((handle) => [
        ...lockRows(database, apps, which),
        audit.step(entry, sql`FROM ${apps} WHERE ${which} AND ${condition}`),
        ...(losesTokens ? revocations.entries.endOfAppTokens(appId, condition) : []),
        handle
          .update(apps)
          .set({ clientId: randomToken() })
          .where(and(which, isNull(apps.clientId), condition))
          .returning({ id: apps.id }),
        before.oidc === null
          ? handle
              .insert(oidcClients)
              .values(values)
              .onConflictDoNothing({ target: oidcClients.appId })
              .returning({ id: oidcClients.appId })
          : handle
              .update(oidcClients)
              .set(row)
              .where(and(eq(oidcClients.appId, appId), condition))
              .returning({ id: oidcClients.appId }),
      ])
      await cache.reload()
      const app = find(appId)
      if (!app) return null
      return results.at(-1)?.length === 1 ? success(app) : { ok: false, now: app }
    },
    async remove(appId, by) {
      await cache.reload()
      const before = find(appId)
      if (!before?.oidc) return false
      const details = { app: before.name, app_id: appId, before: clientDetailsOf(before.oidc) }
      const entry = { event: 'oidc_client_removed', subject: null, actor: by.uuid, sid: null } as const
      const results = await database.transaction((handle) => [
        ...lockRows(database, apps, eq(apps.id, appId)),
        audit.step(
          { ...entry, device: by.device, details },
          sql`FROM ${oidcClients} WHERE ${eq(oidcClients.appId, appId)}`,
        ),
        ...[oidcRecords, oidcSignIns, oidcConsents].map(
          (table) => sql`DELETE FROM ${table} WHERE ${eq(table.appId, appId)}`,
        ),
        // What its devices have, and what they wait for.
        sql`DELETE FROM ${sessions} WHERE ${eq(sessions.deviceAppId, appId)}`,
        sql`DELETE FROM ${deviceRequests} WHERE ${eq(deviceRequests.clientAppId, appId)} AND ${isNotNull(deviceRequests.oidc)}`,
        handle.delete(oidcClients).where(eq(oidcClients.appId, appId)).returning({ id: oidcClients.appId }),
      ])
      await cache.reload()
      return results.at(-1)?.length === 1
    },
  }
}

const rowOf = ({ redirectUris, postLogoutRedirectUris, groups, ...client }: OidcClient) => ({
  ...client,
  redirectUris: JSON.stringify(redirectUris),
  postLogoutRedirectUris: JSON.stringify(postLogoutRedirectUris),
  groups: groups === null ? null : JSON.stringify(groups),
})

/** As JSON, and as input. */
export const clientDetailsOf = (client: OidcClient) => ({
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutRedirectUris,
  auth_method: client.authMethod,
  keys: client.keys,
  first_party: client.isFirstParty,
  back_channel_logout_uri: client.backChannelLogoutUri,
  groups: client.groups,
  device_flow: client.deviceFlow,
})
