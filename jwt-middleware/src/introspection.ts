import type { Logger } from './log.ts'

export interface IntrospectionOptions {
  /** The auth service's `/introspect`, as reached from inside. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

/** What the auth service says of a token at this moment. */
export type Activity = 'active' | 'inactive' | 'unavailable'

const TIMEOUT = 3_000

/** Asks the auth service about an access token (RFC 7662, section 2). Nothing is remembered. */
export function createIntrospection({ url, fetch, log }: IntrospectionOptions) {
  return async (token: string): Promise<Activity> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        signal: AbortSignal.timeout(TIMEOUT),
      })
      const answer = (response.status === 200 ? await response.json() : null) as { active?: unknown } | null
      if (typeof answer?.active === 'boolean') return answer.active ? 'active' : 'inactive'
      await response.body?.cancel()
      log.warn({ url, status: response.status }, 'the auth service did not say whether a token is active')
    } catch (error) {
      log.warn(
        { url, error: (error as Error).name },
        'the auth service can not be reached to ask for a token',
      )
    }
    return 'unavailable'
  }
}
