import { failure, isOpaqueToken, success } from '@latchkey/jwt-middleware/contract'
import { and, asc, desc, eq, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { AppPermissions } from '../../apps/app-permissions.ts'
import type { App, Apps } from '../../apps/apps.ts'
import type { Actor, Audit, AuditEvent } from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import type { Device } from '../../platform/client/device.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Config } from '../../platform/config/config.ts'
import { createOpaqueSecret, hashOfSecret } from '../../platform/crypto/opaque-secret.ts'
import { isRandomToken, randomToken } from '../../platform/crypto/random-id.ts'
import type { Database } from '../../platform/database/open.ts'
import { lockRows } from '../../platform/database/row-locks.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { type InputErrors, readInput } from '../../platform/validation/input.ts'
import type { User } from '../../users/users.ts'
import { type ApiToken, isAliveAt, isMeantFor, tokenOf } from './api-token.ts'
import { type ApiTokenFacts, type ApiTokenInput, apiTokenInput } from './api-token-input.ts'
import { type CreateForApp, createOwnTokens } from './own-tokens.ts'

export type ApiTokenErrors = InputErrors<ReturnType<typeof apiTokenInput>> & { readonly form?: Message }

export type ApiTokenResult =
  | { readonly ok: true; readonly token: ApiToken; readonly secret: string }
  | { readonly ok: false; readonly errors: ApiTokenErrors }

/** What belongs to the creation of a token, in its transaction. */
export interface CreateOptions {
  /** A condition on the owner's row: if it is false, no token is created. Default: true. */
  readonly onlyIf?: SQL
  /** Whether an owner whose deletion is scheduled gets one, too: for what cancels the deletion. Default: no. */
  readonly mayReturn?: boolean
  /** The lifetime in seconds if the input names none, shortened to `API_TOKEN_MAX_AGE`. Default: 90 days. */
  readonly lifetime?: number
  /** Further steps; `from` (`FROM users WHERE …`) selects the owner if the token will be created. Default: none. */
  readonly also?: (from: SQL, token: Pick<ApiToken, 'name' | 'createdAt' | 'device'>) => readonly SQL[]
  /** A step after the token is stored, if it is. Default: none. */
  readonly last?: SQL
}

/** API tokens of users. Every method throws on an outage. */
export interface ApiTokens {
  /** Creates a token, whose secret can't be read again. */
  create(owner: User, input: ApiTokenInput, by: Actor, options?: CreateOptions): Promise<ApiTokenResult>
  readonly createForApp: CreateForApp
  /** Those of a user that have not expired, newest first. */
  list(owner: Pick<User, 'id'>): Promise<readonly ApiToken[]>
  /** Revokes a token of this user; apps hear of it within a second. `false`: the user has no such token. */
  revoke(owner: Pick<User, 'id' | 'uuid'>, id: string, by: Actor): Promise<boolean>
  /** Revokes all tokens of this user, and those that devices were about to get; returns how many there were. */
  revokeAll(owner: Pick<User, 'id' | 'uuid'>, by: Actor): Promise<number>
  /** Revokes the token with this value, for an app that accepts it or for its holder (`null`): RFC 7009. */
  revokeSecret(secret: string, app: App | null, device: Device): Promise<boolean>
  /** Deletes expired tokens; returns how many. */
  deleteExpired(): Promise<number>
}

/** How many tokens a user can have. */
export const MAX_TOKENS = 100

export interface ApiTokensOptions {
  readonly config: Pick<Config, 'apiTokenMaxAge'>
  readonly database: Database
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly audit: Pick<Audit, 'step'>
  readonly apps: Pick<Apps, 'list'>
  readonly appPermissions: Pick<AppPermissions, 'list'>
  readonly now: () => number
}

/** The API tokens in the database. */
export function createApiTokens(options: ApiTokensOptions): ApiTokens {
  const { config, database, revocations, audit, apps, appPermissions, now } = options
  const { db, apiTokens, apiTokenApps, deviceRequests, users } = database
  const appTable = database.apps

  const isAlive = () => isAliveAt(database, unixTime(now))

  const entry = (event: AuditEvent, subject: string, by: Actor, details: object, from: SQL) =>
    audit.step(
      { event, subject, actor: by.uuid, sid: null, device: by.device, details: { ...details } },
      from,
    )

  /** The apps of these names and the problem with them or with the scopes. */
  async function check({ apps: names, scopes }: ApiTokenFacts) {
    const known = apps.list()
    const chosen = names === null ? known : known.filter(({ name }) => names.includes(name))
    const unknown = names?.find((name) => !known.some((app) => app.name === name))
    if (unknown !== undefined) {
      return failure<ApiTokenErrors>({
        apps: message('There is no app “{app}”. Choose registered apps.', { app: unknown }),
      })
    }
    const defined = await appPermissions.list()
    const ids = new Set(chosen.map(({ id }) => id))
    const scope = scopes.find((one) => !defined.some(({ name, appId }) => name === one && ids.has(appId)))
    return scope === undefined
      ? success(names === null ? [] : [...ids])
      : failure<ApiTokenErrors>({
          scopes: message('None of the chosen apps has the permission “{scope}”.', { scope }),
        })
  }

  async function create(
    owner: User,
    input: ApiTokenInput,
    by: Actor,
    { onlyIf = sql`true`, mayReturn = false, lifetime, also = () => [], last }: CreateOptions = {},
  ): Promise<ApiTokenResult> {
    const at = unixTime(now)
    const read = readInput(apiTokenInput(at, config.apiTokenMaxAge ?? null, lifetime), input)
    if (!read.ok) return read
    const facts: ApiTokenFacts = {
      name: read.value.name,
      apps: read.value.apps,
      scopes: read.value.scopes,
      expiresAt: read.value.expires,
    }
    const checked = await check(facts)
    if (!checked.ok) return { ok: false, errors: checked.reason }
    const id = randomToken()
    const { secret, hash, start } = createOpaqueSecret('api_token')
    const { device } = by
    const which = eq(users.id, owner.id)
    const count = sql`(SELECT count(*) FROM ${apiTokens} WHERE ${and(eq(apiTokens.userId, owner.id), isAlive())})`
    const mayHave = sql`${which} AND ${users.isActive} AND ${mayReturn ? sql`true` : isNull(users.deletionDueAt)}
      AND ${count} < ${MAX_TOKENS} AND ${onlyIf}`
    const from = sql`FROM ${users} WHERE ${mayHave}`
    const details = {
      token: id,
      name: facts.name,
      apps: facts.apps ?? 'all',
      scopes: facts.scopes,
      expires_at: facts.expiresAt,
    }
    const results = await database.transaction((handle) => [
      ...lockRows(database, users, which),
      entry('api_token_created', owner.uuid, by, details, from),
      ...also(from, { name: facts.name, createdAt: at, device }),
      sql`INSERT INTO ${apiTokens}
          (public_id, hash, start, user_id, name, all_apps, scopes, created_at, expires_at, user_agent, address)
        SELECT ${id}, ${hash}, ${start}, ${users.id}, ${facts.name}, ${sql.param(facts.apps === null, apiTokens.allApps)},
          ${JSON.stringify(facts.scopes)}, ${at}, ${sql.param(facts.expiresAt, apiTokens.expiresAt)},
          ${device.userAgent}, ${device.address}
        ${from}`,
      ...(checked.value.length === 0
        ? []
        : [
            sql`INSERT INTO ${apiTokenApps} (token_id, app_id)
              SELECT ${apiTokens.id}, ${appTable.id} FROM ${apiTokens}, ${appTable}
              WHERE ${and(eq(apiTokens.hash, hash), inArray(appTable.id, checked.value))}`,
          ]),
      ...(last === undefined
        ? []
        : [sql`${last} AND EXISTS (SELECT 1 FROM ${apiTokens} WHERE ${eq(apiTokens.hash, hash)})`]),
      handle.select({ id: apiTokens.id }).from(apiTokens).where(eq(apiTokens.hash, hash)),
    ])
    if (results.at(-1)?.length === 1) {
      const token = { id, start, ...facts, createdAt: at, device, lastUse: null }
      return { ok: true, token, secret }
    }
    return { ok: false, errors: { form: await reasonAgainst(owner, mayReturn) } }
  }

  /** Why a user got no token. */
  async function reasonAgainst(owner: User, mayReturn: boolean): Promise<Message> {
    const [stored] = await db
      .select({ isActive: users.isActive, dueAt: users.deletionDueAt })
      .from(users)
      .where(eq(users.id, owner.id))
    if (!stored?.isActive) return message('This account is disabled.')
    if (stored.dueAt !== null && !mayReturn) {
      return message(
        'This account will be deleted, so it can’t get an API token. To keep the account, sign in.',
      )
    }
    return message('You have {count} API tokens, which is the limit. Revoke one that you no longer use.', {
      count: MAX_TOKENS,
    })
  }

  /** Revokes these tokens, and publishes one entry for each. */
  async function revokeWhere(
    which: SQL | undefined,
    log: (from: SQL) => SQL,
    first: readonly SQL[] = [],
  ): Promise<number> {
    const results = await revocations.publish((handle) => [
      ...first,
      ...lockRows(database, apiTokens, which),
      log(sql`FROM ${apiTokens} WHERE ${which}`),
      revocations.entries.apiTokensRevoked(which),
      handle.delete(apiTokens).where(which).returning({ id: apiTokens.id }),
    ])
    return results.at(-1)?.length ?? 0
  }

  return {
    create,
    createForApp: createOwnTokens(options),
    async list(owner) {
      const rows = await db
        .select()
        .from(apiTokens)
        .where(and(eq(apiTokens.userId, owner.id), isAlive()))
        .orderBy(desc(apiTokens.id))
      const named = await db
        .select({ tokenId: apiTokenApps.tokenId, name: appTable.name })
        .from(apiTokenApps)
        .innerJoin(appTable, eq(appTable.id, apiTokenApps.appId))
        .innerJoin(apiTokens, eq(apiTokens.id, apiTokenApps.tokenId))
        .where(eq(apiTokens.userId, owner.id))
        .orderBy(asc(appTable.name))
      const appsOf = Map.groupBy(named, ({ tokenId }) => tokenId)
      return rows.map((row) =>
        tokenOf(
          row,
          (appsOf.get(row.id) ?? []).map(({ name }) => name),
        ),
      )
    },
    async revoke({ id: userId, uuid }, id, by) {
      if (!isRandomToken(id)) return false
      const which = and(eq(apiTokens.userId, userId), eq(apiTokens.publicId, id), isAlive())
      const [token] = await db.select({ name: apiTokens.name }).from(apiTokens).where(which)
      if (!token) return false
      const details = { token: id, name: token.name }
      return (await revokeWhere(which, (from) => entry('api_token_revoked', uuid, by, details, from))) > 0
    },
    async revokeAll({ id, uuid }, by) {
      const which = and(eq(apiTokens.userId, id), isAlive())
      const some = sql`FROM ${users} WHERE ${eq(users.id, id)} AND EXISTS (SELECT 1 FROM ${apiTokens} WHERE ${which})`
      return revokeWhere(which, () => entry('api_tokens_revoked', uuid, by, {}, some), [
        // A device that gets its token at this moment has the row locked, too: its token is revoked, or it gets none.
        ...lockRows(database, users, eq(users.id, id)),
        sql`DELETE FROM ${deviceRequests} WHERE ${and(eq(deviceRequests.userId, id), isNull(deviceRequests.oidc))}`,
      ])
    },
    async revokeSecret(secret, app, device) {
      if (!isOpaqueToken('api_token', secret)) return false
      const which = and(
        eq(apiTokens.hash, hashOfSecret(secret)),
        app === null ? undefined : isMeantFor(database, app.id),
      )
      const [token] = await db
        .select({ id: apiTokens.publicId, name: apiTokens.name, owner: users.uuid })
        .from(apiTokens)
        .leftJoin(users, eq(users.id, apiTokens.userId))
        .where(which)
      if (!token) return false
      const details = { token: token.id, name: token.name, ...(app && { app: app.name }) }
      const by = { uuid: app === null ? token.owner : null, device }
      return (
        (await revokeWhere(which, (from) =>
          audit.step(
            { event: 'api_token_revoked', subject: token.owner, actor: by.uuid, sid: null, device, details },
            from,
          ),
        )) > 0
      )
    },
    async deleteExpired() {
      const over = lte(apiTokens.expiresAt, unixTime(now))
      return (await db.delete(apiTokens).where(over).returning({ id: apiTokens.id })).length
    },
  }
}
