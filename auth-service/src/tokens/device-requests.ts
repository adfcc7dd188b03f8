import { randomInt } from 'node:crypto'
import { and, eq, gt, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { Audit } from '../events/audit-log.ts'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows, lockTable } from '../platform/database/row-locks.ts'
import type { User } from '../users/users.ts'

/** A stored request of a device; the table describes the columns. */
export type DeviceRequestRow = Database['deviceRequests']['$inferSelect']

/** A request that waits for its user. Times in seconds. */
export interface WaitingDevice {
  /** SHA-256 of the device code. */
  readonly hash: string
  readonly userCode: string
  readonly deviceName: string
  /** Id of the app that asks, if it is registered. */
  readonly appId: number | null
  readonly scopes: readonly string[]
  readonly device: Device
  readonly createdAt: number
  /** What oidc-provider stores of it, as JSON, if it asks by OpenID Connect; `null` if it asks for an API token. */
  readonly oidc: string | null
}

/**
 * The requests of devices without a browser, whose users allow them in one (RFC 8628): for API tokens and for OpenID
 * Connect, with one space of codes. Every method throws on an outage.
 */
export interface DeviceRequests {
  /** Stores a request; `false` if another one has its code at the moment. */
  add(request: Omit<WaitingDevice, 'createdAt'>): Promise<boolean>
  /** The waiting request with this code, as a user types it; else `null`. */
  find(userCode: string): Promise<WaitingDevice | null>
  /** The request with this hash of a device code, also after it has expired. */
  get(hash: string): Promise<DeviceRequestRow | null>
  /** Allows or denies it, which the audit log records; `false` if it no longer waits. */
  decide(request: WaitingDevice, user: User, isAllowed: boolean, device: Device): Promise<boolean>
  /** Records that a waiting device has asked, and tells whether it should ask less often (RFC 8628, section 3.5). */
  notePoll(request: DeviceRequestRow): Promise<'authorization_pending' | 'slow_down'>
  /** Deletes one that was allowed, so that its device gets tokens once; `false` if another poll was faster. */
  take(request: Pick<DeviceRequestRow, 'hash'>): Promise<boolean>
  /** Deletes one that no device will get tokens for. */
  remove(request: Pick<DeviceRequestRow, 'hash'>): Promise<void>
  /** Deletes expired requests; returns how many. */
  deleteExpired(): Promise<number>
}

/** How long a request waits for its user, in seconds. */
export const DEVICE_LIFETIME = 600
/** Between two polls, in seconds. */
export const POLL_INTERVAL = 5
/** Seconds after which a device of OpenID Connect no longer hears that its code has expired. */
const KEPT = 3600
/** Without vowels and without letters that look alike. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const CODE_LENGTH = 8

export interface DeviceRequestsOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

/** The requests in the database. */
export function createDeviceRequests({ database, audit, now }: DeviceRequestsOptions): DeviceRequests {
  const { db, deviceRequests, users } = database

  const isWaiting = (userCode: string) =>
    and(
      eq(deviceRequests.userCode, userCode),
      gt(deviceRequests.expiresAt, unixTime(now)),
      isNull(deviceRequests.userId),
      isNull(deviceRequests.deniedAt),
    )

  return {
    async add({ appId, scopes, device, ...request }) {
      const at = unixTime(now)
      try {
        await db.insert(deviceRequests).values({
          ...request,
          clientAppId: appId,
          appNames: null,
          scopes: JSON.stringify(scopes),
          userAgent: device.userAgent,
          address: device.address,
          createdAt: at,
          expiresAt: at + DEVICE_LIFETIME,
          pollInterval: POLL_INTERVAL,
        })
        return true
      } catch (error) {
        if (isUniqueViolation(error)) return false
        throw error
      }
    },
    async find(typed) {
      const userCode = readUserCode(typed)
      if (userCode === null) return null
      const [row] = await db.select().from(deviceRequests).where(isWaiting(userCode))
      if (!row) return null
      const { hash, deviceName, clientAppId: appId, scopes, userAgent, address, createdAt, oidc } = row
      const device = { userAgent, address }
      return { hash, userCode, deviceName, appId, scopes: JSON.parse(scopes), device, createdAt, oidc }
    },
    async get(hash) {
      const [row] = await db.select().from(deviceRequests).where(eq(deviceRequests.hash, hash))
      return row ?? null
    },
    async decide({ hash, userCode, deviceName, appId, scopes, device: asked }, user, isAllowed, device) {
      const details = {
        device: deviceName,
        ...(appId !== null && { app_id: appId }),
        scopes,
        asked_from: asked.address,
      }
      const { uuid } = user
      const event = isAllowed ? 'device_allowed' : 'device_denied'
      const which = and(isWaiting(userCode), eq(deviceRequests.hash, hash))
      const results = await database.transaction((handle) => [
        // What ends the user's sessions deletes the requests that they allowed. Of two answers at once, one counts.
        ...lockRows(database, users, eq(users.id, user.id)),
        ...lockTable(database, deviceRequests),
        audit.step(
          { event, subject: uuid, actor: uuid, sid: null, device, details },
          sql`FROM ${deviceRequests} WHERE ${which}`,
        ),
        handle
          .update(deviceRequests)
          .set(isAllowed ? { userId: user.id } : { deniedAt: unixTime(now) })
          .where(which)
          .returning({ hash: deviceRequests.hash }),
      ])
      return results.at(-1)?.length === 1
    },
    async notePoll({ hash, polledAt, pollInterval }) {
      const at = unixTime(now)
      const isTooSoon = polledAt !== null && at - polledAt < pollInterval
      // Each poll that is too soon makes the interval longer.
      await db
        .update(deviceRequests)
        .set({
          polledAt: at,
          ...(isTooSoon && { pollInterval: sql`${deviceRequests.pollInterval} + ${POLL_INTERVAL}` }),
        })
        .where(eq(deviceRequests.hash, hash))
      return isTooSoon ? 'slow_down' : 'authorization_pending'
    },
    async take({ hash }) {
      const taken = await db
        .delete(deviceRequests)
        .where(and(eq(deviceRequests.hash, hash), isNotNull(deviceRequests.userId)))
        .returning({ hash: deviceRequests.hash })
      return taken.length > 0
    },
    async remove({ hash }) {
      await db.delete(deviceRequests).where(eq(deviceRequests.hash, hash))
    },
    async deleteExpired() {
      const { expiresAt, oidc } = deviceRequests
      const at = unixTime(now)
      const over = or(and(isNull(oidc), lte(expiresAt, at)), and(isNotNull(oidc), lte(expiresAt, at - KEPT)))
      return (await db.delete(deviceRequests).where(over).returning({ hash: deviceRequests.hash })).length
    },
  }
}

/** A code that no one can guess: eight consonants with a hyphen, which spell no word. */
export function newUserCode(): string {
  const code = Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return withHyphen(code)
}

/** The code as it is stored, however a user types it. `null`: the text is not a code. */
export function readUserCode(typed: string): string | null {
  if (typed.length > 100) return null
  const letters = typed.toUpperCase().replace(/[\s-]/g, '')
  const isCode = letters.length === CODE_LENGTH && [...letters].every((letter) => LETTERS.includes(letter))
  return isCode ? withHyphen(letters) : null
}

const withHyphen = (letters: string): string => `${letters.slice(0, 4)}-${letters.slice(4)}`
