import { readCookies } from './cookies.ts'
import type { Logger } from './log.ts'

/** What became of a refresh token. `setCookies` are for the browser, whatever the outcome. */
export type Renewal =
  | { readonly ok: true; readonly accessToken: string; readonly setCookies: readonly string[] }
  | {
      readonly ok: false
      readonly reason: 'session_over' | 'unavailable'
      readonly setCookies: readonly string[]
    }

export type Renew = (refreshToken: string) => Promise<Renewal>

export interface RenewalOptions {
  /** The auth service's `/refresh`, as reached from inside. */
  readonly url: string
  readonly accessCookie: string
  readonly refreshCookie: string
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

const TIMEOUT = 3_000
const UNAVAILABLE: Renewal = { ok: false, reason: 'unavailable', setCookies: [] }

/**
 * Trades refresh tokens for new pairs at the auth service. Only its clear "no" (401) ends a session; silence and
 * errors are outages.
 */
export function createRenewal({ url, accessCookie, refreshCookie, fetch, log }: RenewalOptions): Renew {
  return singleFlight(async (refreshToken) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { accept: 'application/json', cookie: `${refreshCookie}=${refreshToken}` },
        signal: AbortSignal.timeout(TIMEOUT),
      })
      await response.body?.cancel()
      const setCookies = response.headers.getSetCookie()
      if (response.status === 401) return { ok: false, reason: 'session_over', setCookies }
      const accessToken = setCookies.flatMap((line) =>
        readCookies(line.split(';', 1)[0] ?? '', accessCookie),
      )[0]
      if (response.status === 200 && accessToken) return { ok: true, accessToken, setCookies }
      log.warn({ url, status: response.status }, 'the auth service did not renew')
    } catch (error) {
      log.warn({ url, error: (error as Error).name }, 'the auth service can not be reached to renew')
    }
    return UNAVAILABLE
  })
}

/** Callers that ask for the same token while an answer is under way share that answer. */
export function singleFlight<Value>(
  ask: (token: string) => Promise<Value>,
): (token: string) => Promise<Value> {
  const flights = new Map<string, Promise<Value>>()
  return (token) => {
    const pending = flights.get(token)
    if (pending) return pending
    const flight = ask(token).finally(() => flights.delete(token))
    flights.set(token, flight)
    return flight
  }
}
