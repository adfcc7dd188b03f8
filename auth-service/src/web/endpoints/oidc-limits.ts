import type { Context } from 'hono'
import { type Limits, RateLimited } from '../../accounts/rate-limits.ts'
import type { OidcCost } from '../../oidc/oidc-request.ts'
import type { Device } from '../../platform/client/device.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'

/** What one request costs, beside what oidc-provider tells us of. */
type Cost = OidcCost | 'wrong_credentials'

/** Counts the costs of one request, from this device and in the session with this id. */
export function createCosts(limits: Limits, device: Device, sid: string | null) {
  let refused: RateLimited | null = null
  const consume = {
    stored_request: () => limits.consumeOidcRequest(device, sid),
    document: () => limits.consumeClientDocument(device),
    device_request: () => limits.consumeDeviceRequest(device),
    device_poll: () => limits.consumeDevicePoll(device),
    wrong_credentials: () => limits.consumeClientFailure(device),
  } satisfies Record<Cost, () => Promise<void>>
  return {
    /** Whether it is within the rate limit. Throws on an outage. */
    async spend(cost: Cost): Promise<boolean> {
      try {
        await consume[cost]()
        return true
      } catch (error) {
        if (!(error instanceof RateLimited)) throw error
        refused = error
        return false
      }
    },
    /** Why the request is refused; `null` if it is not. */
    refusal: (): RateLimited | null => refused,
  }
}

/**
 * Tells a program that a rate limit is reached, as an error of OAuth (RFC 6749, section 5.2), with the headers that let
 * a script read it.
 */
export function slowDown(c: Context, { code, retryAfter }: RateLimited, cors: Headers): Response {
  noteRefusal(c, code)
  const headers = [...cors].filter(([name]) => name.startsWith('access-control-') || name === 'vary')
  const error_description = `Too many requests from this network. Wait ${retryAfter} s.`
  return c.json({ error: 'temporarily_unavailable', error_description }, 429, {
    ...Object.fromEntries(headers),
    'retry-after': String(retryAfter),
    'cache-control': 'no-store',
  })
}
