import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { singleFlight } from '#process-or-worker/contract/flights'
import { RENEWAL_FAILED } from '#process-or-worker/contract/log-messages'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { CONTRACT, CONTRACT_HEADER } from '../contract/contract-version.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'

/** The result of renewing a request's refresh tokens. `setCookies` go to the browser in every case. */
export type Renewal =
  | { readonly ok: true; readonly accessToken: string; readonly setCookies: readonly string[] }
  | {
      readonly ok: false
      readonly reason: 'session_over' | 'conflicting' | 'unavailable'
      readonly setCookies: readonly string[]
    }

/** Renews with all refresh tokens of a request together, so that two users are noticed before a token is used up. */
export type Renew = (refreshTokens: readonly string[]) => Promise<Renewal>

export interface RenewalOptions {
  /** The internal URL of the auth service's `/refresh`. */
  readonly url: string
  readonly accessCookie: string
  readonly refreshCookie: string
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

const TIMEOUT = 3_000
const UNAVAILABLE: Renewal = { ok: false, reason: 'unavailable', setCookies: [] }
const CONFLICTING: Renewal = { ok: false, reason: 'conflicting', setCookies: [] }

/**
 * Exchanges refresh tokens for a new pair at the auth service. Only its explicit 401 ends a session; silence and errors
 * are outages.
 */
export function createRenewal({ url, accessCookie, refreshCookie, fetch, log }: RenewalOptions): Renew {
  const warn = createLimitedLog(log)
  const report = (failure: ConnectionFailure) =>
    warn({ event: 'renewal_failed', url, ...failure }, RENEWAL_FAILED)

  const flight = singleFlight(async (cookie): Promise<Renewal> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Redirects are not followed, since they would forward the token.
        redirect: 'manual',
        headers: { accept: 'application/json', [CONTRACT_HEADER]: String(CONTRACT), cookie },
        signal: AbortSignal.timeout(TIMEOUT),
      })
      await response.body?.cancel()
      const setCookies = response.headers.getSetCookie()
      if (response.status === 409) return CONFLICTING
      const line = setCookies.find((one) => one.startsWith(`${accessCookie}=`))
      const accessToken = line
        ?.slice(accessCookie.length + 1)
        .split(';', 1)[0]
        ?.trimEnd()
      if (response.status === 200 && accessToken) return { ok: true, accessToken, setCookies }
      const head = headOf(response)
      // A page instead of a problem comes from a proxy.
      if (response.status === 401 && !/^text\/html\b/i.test(head.contentType))
        return { ok: false, reason: 'session_over', setCookies }
      report(explainAnswer(head, { url }) ?? noCookie(accessCookie))
    } catch (error) {
      report(explainError(error, { url }))
    }
    return UNAVAILABLE
  })
  return (tokens) => flight(tokens.map((token) => `${refreshCookie}=${token}`).join('; '))
}

const noCookie = (name: string) => ({
  reason: `its answer does not set the cookie ${name}`,
  remedy:
    'Set COOKIE_PREFIX to the same value as at the auth service, and check that no proxy removes Set-Cookie.',
})
