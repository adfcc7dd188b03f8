import { and, eq, gt, isNull, or, type Placeholder, type SQL, sql } from 'drizzle-orm'
import { type Device, deviceName } from '../../platform/client/device.ts'
import type { Database } from '../../platform/database/open.ts'

/** An API token as its owner and administrators see it, without its value. */
export interface ApiToken {
  /** What apps, the feed and the audit log call it. */
  readonly id: string
  readonly name: string
  /** Its first characters. */
  readonly start: string
  /** Names of the apps that accept it; `null` for all. */
  readonly apps: readonly string[] | null
  readonly scopes: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | null
  /** Where it was created. */
  readonly device: Device
  readonly lastUse: { readonly at: number; readonly app: string; readonly address: string } | null
}

type Row = Database['apiTokens']['$inferSelect']

/** A stored token, with the names of the apps that it is for. */
export const tokenOf = (row: Row, apps: readonly string[]): ApiToken => ({
  id: row.publicId,
  name: row.name,
  start: row.start,
  apps: row.allApps ? null : apps,
  scopes: JSON.parse(row.scopes),
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  device: { userAgent: row.userAgent, address: row.address },
  lastUse:
    row.lastUsedAt === null
      ? null
      : { at: row.lastUsedAt, app: row.lastUsedApp ?? '', address: row.lastUsedAddress ?? '' },
})

/** A token as JSON, without its value. */
export const tokenJson = ({ lastUse, device, ...token }: ApiToken) => ({
  id: token.id,
  name: token.name,
  start: token.start,
  apps: token.apps ?? 'all',
  scopes: token.scopes,
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  user_agent: device.userAgent,
  device: device.userAgent && deviceName(device.userAgent),
  address: device.address,
  last_used_at: lastUse?.at ?? null,
  last_used_app: lastUse?.app ?? null,
  last_used_address: lastUse?.address ?? null,
})

/** Whether a token has not expired at this time. */
export const isAliveAt = ({ apiTokens }: Pick<Database, 'apiTokens'>, at: number): SQL | undefined =>
  or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, at))

/** Whether a token may be used at this app. */
export const isMeantFor = (
  { apiTokens, apiTokenApps }: Pick<Database, 'apiTokens' | 'apiTokenApps'>,
  appId: number | Placeholder,
): SQL =>
  sql`(${apiTokens.allApps} OR EXISTS (SELECT 1 FROM ${apiTokenApps}
    WHERE ${and(eq(apiTokenApps.tokenId, apiTokens.id), eq(apiTokenApps.appId, appId))}))`
