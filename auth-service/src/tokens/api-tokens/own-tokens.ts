import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { AuthenticatedApp } from '../../apps/app-credentials.ts'
import type { App, Apps } from '../../apps/apps.ts'
import { beyondScopes } from '../../apps/token-scopes.ts'
import { type Audit, NO_DEVICE } from '../../events/audit-log.ts'
import type { Device } from '../../platform/client/device.ts'
import { unixTime } from '../../platform/clock.ts'
import { createOpaqueSecret } from '../../platform/crypto/opaque-secret.ts'
import { randomToken } from '../../platform/crypto/random-id.ts'
import type { Database } from '../../platform/database/open.ts'
import { lockRows } from '../../platform/database/row-locks.ts'
import { isAliveAt } from './api-token.ts'

/**
 * A token of a registered app for itself (RFC 6749, section 4.4), with these scopes. The audit log has an entry for
 * each set of scopes and address, once an hour. `gone`: the app was removed, or the secret that it sent has ended.
 * `third_party`: its users are asked for consent, so it may see what they allow and nothing by itself.
 * `beyond_scopes`: an administrator has not allowed it one of the scopes.
 */
export type CreateForApp = (
  app: App & Partial<Pick<AuthenticatedApp, 'secretId'>>,
  scopes: readonly string[],
  device?: Device,
) => Promise<
  Result<{ secret: string; expiresIn: number }, 'gone' | 'too_many' | 'third_party' | 'beyond_scopes'>
>

/** How many tokens of its own an app can have: more than one that keeps them until they expire. */
export const MAX_APP_TOKENS = 100
/** Lifetime of an app's own token, in seconds. */
export const APP_TOKEN_TTL = 3600

export interface OwnTokensOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

/** Tokens that apps get for themselves, in the database. */
export function createOwnTokens({ database, audit, now }: OwnTokensOptions): CreateForApp {
  const { db, apiTokens, appSecrets, auditLog, oidcClients } = database
  const appTable = database.apps

  /**
   * What an app may have for itself, as stored: other processes may have changed it a moment ago. `undefined` if there is
   * no such app.
   */
  async function ownTokensOf(appId: number) {
    const [row] = await db
      .select({ scopes: appTable.tokenScopes, isFirstParty: oidcClients.isFirstParty })
      .from(appTable)
      .leftJoin(oidcClients, eq(oidcClients.appId, appTable.id))
      .where(eq(appTable.id, appId))
    return row && { scopes: row.scopes, isThirdParty: row.isFirstParty === false }
  }

  const createForApp: CreateForApp = async (app, given, device = NO_DEVICE) => {
    const own = await ownTokensOf(app.id)
    if (own === undefined) return failure('gone')
    if (own.isThirdParty) return failure('third_party')
    const { scopes: allowed } = own
    if (beyondScopes(JSON.parse(allowed), given).length > 0) return failure('beyond_scopes')
    const { secret, hash, start } = createOpaqueSecret('api_token')
    const at = unixTime(now)
    const scopes = [...given].sort()
    const { userAgent, address } = device
    const which = and(
      eq(appTable.id, app.id),
      eq(appTable.tokenScopes, allowed),
      sql`NOT EXISTS (SELECT 1 FROM ${oidcClients} WHERE ${and(eq(oidcClients.appId, app.id), eq(oidcClients.isFirstParty, false))})`,
      // Another process may have revoked it since the app sent it.
      app.secretId === undefined
        ? undefined
        : sql`EXISTS (SELECT 1 FROM ${appSecrets} WHERE ${and(eq(appSecrets.id, app.secretId), or(isNull(appSecrets.expiresAt), gt(appSecrets.expiresAt, at)))})`,
    )
    const count = sql`(SELECT count(*) FROM ${apiTokens} WHERE ${and(eq(apiTokens.ownAppId, app.id), isAliveAt(database, at))})`
    const from = sql`FROM ${appTable} WHERE ${which} AND ${count} < ${MAX_APP_TOKENS}`
    const details = { app: app.name, app_id: app.id, scopes }
    const event = 'app_token_created'
    const recently = and(
      eq(auditLog.event, event),
      gt(auditLog.at, at - APP_TOKEN_TTL),
      eq(auditLog.details, JSON.stringify(details)),
      eq(auditLog.address, address),
    )
    const results = await database.transaction((handle) => [
      ...lockRows(database, appTable, eq(appTable.id, app.id)),
      audit.step(
        { event, subject: null, actor: null, sid: null, device, details },
        sql`${from} AND NOT EXISTS (SELECT 1 FROM ${auditLog} WHERE ${recently})`,
      ),
      sql`INSERT INTO ${apiTokens}
          (public_id, hash, start, own_app_id, name, all_apps, scopes, created_at, expires_at, user_agent, address)
        SELECT ${randomToken()}, ${hash}, ${start}, ${appTable.id}, ${appTable.name},
          ${sql.param(true, apiTokens.allApps)}, ${JSON.stringify(scopes)}, ${at}, ${at + APP_TOKEN_TTL},
          ${userAgent}, ${address}
        ${from}`,
      handle.select({ id: apiTokens.id }).from(apiTokens).where(eq(apiTokens.hash, hash)),
      handle.select({ id: appTable.id }).from(appTable).where(which),
    ])
    const [stored, found] = results.slice(-2)
    if (stored?.length === 1) return success({ secret, expiresIn: APP_TOKEN_TTL })
    if (found?.length === 1) return failure('too_many')
    // An administrator may have changed it at this moment.
    const again = await ownTokensOf(app.id)
    return again?.scopes === allowed && !again.isThirdParty
      ? failure('gone')
      : createForApp(app, given, device)
  }
  return createForApp
}

/** Whether the users of this app are asked for consent: it belongs to someone else. */
export const isThirdParty = (apps: Pick<Apps, 'list'>, appId: number | null): boolean =>
  apps.list().some(({ id, oidc }) => id === appId && oidc !== null && !oidc.isFirstParty)
