import { failure, isOpaqueToken, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { AppPermissions } from '../../apps/app-permissions.ts'
import type { App, Apps } from '../../apps/apps.ts'
import type { Device } from '../../platform/client/device.ts'
import { unixTime } from '../../platform/clock.ts'
import { createOpaqueSecret, hashOfSecret } from '../../platform/crypto/opaque-secret.ts'
import type { Database } from '../../platform/database/open.ts'
import type { Mail } from '../../platform/mail/outbox.ts'
import { isStorable } from '../../platform/validation/storable-text.ts'
import { cleanedName } from '../../platform/validation/validators.ts'
import type { User } from '../../users/users.ts'
import {
  DEVICE_LIFETIME,
  type DeviceRequests,
  newUserCode,
  POLL_INTERVAL,
  type WaitingDevice,
} from '../device-requests.ts'
import { apiTokenCreatedMail } from '../mails/api-token-created.ts'
import type { ApiTokens } from './api-tokens.ts'

/** What a device asks for. */
export interface DeviceRequestInput {
  /** The client id of the registered app that the device belongs to; none for a script. */
  readonly clientId?: string | undefined
  /** For the user, to recognise it. */
  readonly deviceName?: string | undefined
  /** Names of permissions, separated by spaces. */
  readonly scope?: string | undefined
}

/** The answer to a device (RFC 8628, section 3.2); times in seconds. */
export interface DeviceCodes {
  readonly deviceCode: string
  /** Eight consonants with a hyphen, which spell no word. */
  readonly userCode: string
  readonly expiresIn: number
  readonly interval: number
}

/** A request that waits for its user. */
export interface DeviceRequest extends WaitingDevice {
  /** The app that asks, if it is registered. */
  readonly client: string | null
}

/** The errors of a poll (RFC 8628, section 3.5). */
export type PollError =
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'access_denied'
  /** Another client got the device code (RFC 6749, section 5.2). */
  | 'invalid_grant'

/** Gives devices without a browser an API token, which their user allows in a browser (RFC 8628). */
export interface DeviceAuthorization {
  /** `invalid_client`: there is no app with that id. `invalid_scope`: no app defines one of the permissions. */
  start(
    input: DeviceRequestInput,
    device: Device,
  ): Promise<Result<DeviceCodes, 'invalid_client' | 'invalid_scope'>>
  /** The waiting request with this code, as a user types it, also one of OpenID Connect; else `null`. */
  find(userCode: string): Promise<DeviceRequest | null>
  /** Allows or denies it, which the audit log records; `false` if it no longer waits. */
  decide(userCode: string, user: User, isAllowed: boolean, device: Device): Promise<boolean>
  /**
   * Returns the token once, and informs its owner by email; or the reason why the device gets no token. The client id
   * must be the one of the request, or none as there (RFC 8628, section 3.4).
   */
  poll(
    deviceCode: string,
    clientId: string | undefined,
    device: Device,
  ): Promise<Result<{ secret: string; scopes: readonly string[]; expiresIn: number | null }, PollError>>
}

const YEAR = 365 * 86_400
const MAX_NAME = 60

export interface DeviceAuthorizationOptions {
  readonly database: Database
  readonly apps: Pick<Apps, 'list'>
  readonly appPermissions: Pick<AppPermissions, 'list'>
  readonly apiTokens: Pick<ApiTokens, 'create'>
  readonly users: { findById(id: number): Promise<User | null> }
  readonly requests: DeviceRequests
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly now: () => number
}

/** The requests in the database. */
export function createDeviceAuthorization(options: DeviceAuthorizationOptions): DeviceAuthorization {
  const { database, apps, appPermissions, apiTokens, users: people } = options
  const { requests, mail, now } = options
  const { db, deviceRequests, users } = database

  /** The app that asks. `null`: the device named no app; `undefined`: no app has that id. */
  function clientOf(clientId: string | undefined): App | null | undefined {
    if (clientId === undefined || clientId === '') return null
    return apps.list().find((app) => app.clientId === clientId)
  }

  async function start(input: DeviceRequestInput, device: Device): ReturnType<DeviceAuthorization['start']> {
    const client = clientOf(input.clientId)
    if (client === undefined) return failure('invalid_client')
    const scopes = [...new Set((input.scope ?? '').split(' ').filter(Boolean))]
    const defined = new Set((await appPermissions.list()).map(({ name }) => name))
    if (scopes.some((scope) => !defined.has(scope))) return failure('invalid_scope')
    const { secret, hash } = createOpaqueSecret('device_code')
    const request = {
      hash,
      appId: client?.id ?? null,
      deviceName: nameOf(input.deviceName) || client?.name || 'Device',
      scopes,
      device,
      oidc: null,
    }
    for (;;) {
      const userCode = newUserCode()
      if (!(await requests.add({ ...request, userCode }))) continue
      return success({ deviceCode: secret, userCode, expiresIn: DEVICE_LIFETIME, interval: POLL_INTERVAL })
    }
  }

  return {
    start,
    async find(typed) {
      const request = await requests.find(typed)
      if (!request) return null
      const client = apps.list().find(({ id }) => id === request.appId)
      return { ...request, client: client?.name ?? null }
    },
    async decide(typed, user, isAllowed, device) {
      const request = await requests.find(typed)
      return request !== null && requests.decide(request, user, isAllowed, device)
    },
    async poll(deviceCode, clientId, device) {
      if (!isOpaqueToken('device_code', deviceCode)) return failure('expired_token')
      const at = unixTime(now)
      const row = await requests.get(hashOfSecret(deviceCode))
      if (!row || row.oidc !== null || row.expiresAt <= at) return failure('expired_token')
      // Also an unknown id, of an app that was removed since.
      const client = clientOf(clientId)
      if (client === undefined || (client?.id ?? null) !== row.clientAppId) return failure('invalid_grant')
      if (row.deniedAt !== null) return failure('access_denied')
      if (row.userId === null) return failure(await requests.notePoll(row))
      // Of several polls at once, one gets the token: it deletes the request.
      const user = await people.findById(row.userId)
      if (!user?.isActive) return failure('expired_token')
      const scopes = JSON.parse(row.scopes) as string[]
      const input = { name: row.deviceName, apps: 'all', scopes }
      const isAllowed = and(eq(deviceRequests.hash, row.hash), eq(deviceRequests.userId, user.id))
      const created = await apiTokens.create(
        user,
        input,
        { uuid: user.uuid, device },
        {
          lifetime: YEAR,
          // What ends the user's sessions or tokens deletes the request, with the user's row locked as here.
          onlyIf: sql`EXISTS (SELECT 1 FROM ${deviceRequests} WHERE ${isAllowed})`,
          also: (from, { name, createdAt, device: { userAgent, address } }) => [
            mail.step(
              {
                to: users.email,
                person: user.uuid,
                template: apiTokenCreatedMail,
                facts: { at: createdAt, userAgent, address, name, by: 'device_code' },
                readers: [user, device],
              },
              from,
            ),
          ],
          last: sql`DELETE FROM ${deviceRequests} WHERE ${isAllowed}`,
        },
      )
      mail.wake()
      if (!created.ok) {
        const left = await db.delete(deviceRequests).where(isAllowed).returning({ hash: deviceRequests.hash })
        // Without the request, another poll was faster, or the user has ended everything since.
        return failure(left.length > 0 ? 'access_denied' : 'expired_token')
      }
      const { expiresAt } = created.token
      return success({ secret: created.secret, scopes, expiresIn: expiresAt && expiresAt - at })
    },
  }
}

const nameOf = (given: string | undefined): string =>
  given !== undefined && isStorable(given)
    ? [
        ...cleanedName(
          given
            .slice(0, 1000)
            .toWellFormed()
            .replace(/\p{Cc}/gu, ' '),
        ),
      ]
        .slice(0, MAX_NAME)
        .join('')
    : ''
