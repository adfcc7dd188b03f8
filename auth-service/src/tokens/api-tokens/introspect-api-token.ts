import { isOpaqueToken } from '@latchkey/jwt-middleware/contract'
import { eq } from 'drizzle-orm'
import type { App, Apps } from '../../apps/apps.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Config } from '../../platform/config/config.ts'
import { hashOfSecret } from '../../platform/crypto/opaque-secret.ts'
import type { Database } from '../../platform/database/open.ts'
import type { Log } from '../../platform/logging/logger.ts'
import { createUseLog } from '../../platform/process/use-log.ts'
import { userClaims } from '../session-tokens.ts'
import { isThirdParty } from './own-tokens.ts'
import { createTokenLookup } from './token-lookup.ts'

/** What an app learns about a token (RFC 7662, section 2.2); times in seconds. */
export interface ApiTokenClaims {
  readonly token_type: 'api_token'
  readonly iss: string
  /** The user's uuid or, for an app's own token, `app:` and its client id. */
  readonly sub: string
  /** The token's id: what the feed calls it. */
  readonly jti: string
  readonly iat: number
  /** Left out if the token never expires. */
  readonly exp?: number
  /** Names of permissions, separated by spaces. */
  readonly scope: string
  /** The token's name. */
  readonly token_name: string
  /** For an app's own token: the app's name. */
  readonly app?: string
  readonly user_uuid?: string
  readonly user_version?: number
  readonly user_email?: string
  readonly email_verified?: boolean
  readonly user_first_name?: string
  readonly user_last_name?: string
  readonly user_is_staff?: boolean
  readonly user_is_superuser?: boolean
  readonly groups?: readonly string[]
}

/** Answers apps about API tokens. */
export interface ApiTokenIntrospection {
  /**
   * The claims of a token that this app may accept at this moment, else `null`. `address` is that of the token's user.
   * Throws on an outage.
   */
  introspect(secret: string, app: App, address: string): Promise<ApiTokenClaims | null>
  /** Resolves once the last uses are stored. */
  close(): Promise<void>
}

export interface ApiTokenIntrospectionOptions {
  readonly config: Pick<Config, 'authUrl'>
  readonly database: Database
  readonly apps: Pick<Apps, 'list'>
  readonly log: Log
  readonly now: () => number
}

export function createApiTokenIntrospection(options: ApiTokenIntrospectionOptions): ApiTokenIntrospection {
  const { config, database, apps, log, now } = options
  const { db, apiTokens } = database

  const uses = createUseLog<{ lastUsedAt: number; lastUsedApp: string; lastUsedAddress: string }>({
    write: async (all) => {
      for (const [id, use] of all) await db.update(apiTokens).set(use).where(eq(apiTokens.id, id))
    },
    log,
    now,
  })

  const find = createTokenLookup(database)

  return {
    async introspect(secret, app, address) {
      if (!isOpaqueToken('api_token', secret)) return null
      const at = unixTime(now)
      const found = await find(hashOfSecret(secret), app.id, at)
      if (!found) return null
      const { token, user, owner } = found
      if (token.userId === null ? owner === null || isThirdParty(apps, token.ownAppId) : !user?.isActive)
        return null
      uses.note(token.id, { lastUsedAt: at, lastUsedApp: app.name, lastUsedAddress: address })
      const claims = {
        token_type: 'api_token' as const,
        iss: config.authUrl,
        jti: token.publicId,
        iat: token.createdAt,
        ...(token.expiresAt !== null && { exp: token.expiresAt }),
        scope: (JSON.parse(token.scopes) as string[]).join(' '),
        token_name: token.name,
      }
      if (user === null || token.userId === null) {
        return { ...claims, sub: `app:${owner?.clientId}`, app: owner?.name ?? '' }
      }
      return {
        ...claims,
        sub: user.uuid,
        ...userClaims(user),
      }
    },
    close: uses.close,
  }
}
