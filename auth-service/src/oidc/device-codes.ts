import type { Adapter, AdapterPayload, errors } from 'oidc-provider'
import { unixTime } from '../platform/clock.ts'
import { hashOfSecret } from '../platform/crypto/opaque-secret.ts'
import { type DeviceRequests, readUserCode } from '../tokens/device-requests.ts'
import type { CurrentRequest } from './current-request.ts'
import type { ShownAppOf } from './shown-app.ts'

export interface DeviceCodesOptions {
  readonly requests: DeviceRequests
  readonly shownAppOf: ShownAppOf
  readonly request: CurrentRequest
  readonly errors: typeof errors
  readonly now: () => number
}

/**
 * Stores the device codes of oidc-provider beside those of API tokens, so that a user types both at one page. What
 * oidc-provider lacks is here: devices that ask too often are told (RFC 8628, section 3.5). A code that was denied says
 * so until it expires, and one that gave tokens is gone.
 */
export function createDeviceCodeAdapter(options: DeviceCodesOptions): Adapter {
  const { requests, shownAppOf, request, errors, now } = options

  return {
    async upsert(id, { jti: _, ...payload }) {
      if (!(await request.mayStore('DeviceCode')))
        throw new errors.TemporarilyUnavailable('too many requests')
      const app = shownAppOf(payload.clientId ?? '')
      const scopes = String(payload.params?.scope ?? '').split(' ')
      if (!scopes.includes('openid')) {
        throw new errors.InvalidScope('the scope must contain openid', scopes.join(' '))
      }
      const userCode = readUserCode(payload.userCode ?? '')
      const isStored =
        app?.registered &&
        userCode !== null &&
        (await requests.add({
          hash: hashOfSecret(id),
          userCode,
          deviceName: app.name,
          appId: app.registered.id,
          scopes,
          device: request.device(),
          oidc: JSON.stringify(payload),
        }))
      // One in billions: another device waits with the same code.
      if (!isStored) throw new errors.TemporarilyUnavailable('no code is free, ask again')
    },
    async find(id) {
      if (!(await request.mayPoll())) throw new errors.TemporarilyUnavailable('too many requests')
      const row = await requests.get(hashOfSecret(id))
      if (!row || row.oidc === null) return undefined
      const payload: AdapterPayload = { ...JSON.parse(row.oidc), jti: id }
      const isOver = row.expiresAt <= unixTime(now)
      // oidc-provider refuses the codes of other apps, and expired ones.
      if (payload.clientId !== request.clientId() || isOver) return payload
      if (row.deniedAt !== null) {
        return { ...payload, error: 'access_denied', errorDescription: 'the user denied it' }
      }
      if (payload.accountId !== undefined) return payload
      if ((await requests.notePoll(row)) === 'slow_down') throw new errors.SlowDown()
      return payload
    },
    async consume(id) {
      const row = await requests.get(hashOfSecret(id))
      if (row?.deniedAt != null) return
      // Of several polls at once, one gets the tokens.
      if (row && (await requests.take(row))) return
      throw new errors.InvalidGrant('device code already consumed')
    },
    async destroy() {
      throw new Error('Device codes end when they expire, or with their tokens.')
    },
    findByUid: async () => undefined,
    // The page where users type them is ours.
    findByUserCode: async () => undefined,
    // The request is gone since the device got its tokens.
    revokeByGrantId: async () => {},
  }
}
