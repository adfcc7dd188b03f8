import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { INTROSPECTION_FAILED } from '#process-or-worker/contract/log-messages'
import { type AccessClaims, readAccessClaims } from '../contract/claims.ts'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'

export interface IntrospectionOptions {
  /** The internal URL of the auth service's `/introspect`. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

/** The auth service's answer about a token. */
export type Activity = 'active' | 'inactive' | 'unavailable'

const TIMEOUT = 3_000
const NOT_AN_ANSWER = {
  reason: 'its answer does not say whether the token is active',
  remedy: 'Another program may answer there: check AUTH_INTERNAL_URL.',
}

/** Asks the auth service about tokens (RFC 7662, section 2). Nothing is cached. */
export interface Introspection {
  /** Whether an access token is valid at this moment. */
  access(token: string): Promise<Activity>
  /**
   * Whether the session of a refresh token is alive, and the claims of its access token. Does not renew the refresh
   * token: for requests whose response cannot carry cookies.
   */
  session(refreshToken: string): Promise<AccessClaims | Exclude<Activity, 'active'>>
}

/** The part of a response that is read. */
interface Answer {
  readonly active: boolean
  readonly access_claims?: unknown
}

export function createIntrospection({ url, fetch, log }: IntrospectionOptions): Introspection {
  const warn = createLimitedLog(log)
  const report = (failure: ConnectionFailure) =>
    warn({ event: 'introspection_failed', url, ...failure }, INTROSPECTION_FAILED)

  async function ask(token: string, kind: 'access_token' | 'refresh_token'): Promise<Answer | null> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Redirects are not followed, since they would forward the token.
        redirect: 'manual',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: kind }),
        signal: AbortSignal.timeout(TIMEOUT),
      })
      const answer = (response.status === 200 ? await response.json() : null) as Partial<Answer> | null
      if (typeof answer?.active === 'boolean') return answer as Answer
      await response.body?.cancel()
      report(explainAnswer(headOf(response), { url }) ?? NOT_AN_ANSWER)
    } catch (error) {
      report(error instanceof SyntaxError ? NOT_AN_ANSWER : explainError(error, { url }))
    }
    return null
  }

  return {
    async access(token) {
      const answer = await ask(token, 'access_token')
      if (answer === null) return 'unavailable'
      return answer.active ? 'active' : 'inactive'
    },
    async session(refreshToken) {
      const answer = await ask(refreshToken, 'refresh_token')
      if (answer === null) return 'unavailable'
      const claims = answer.active ? readAccessClaims(Object(answer.access_claims)) : null
      return claims?.ok ? claims.value : 'inactive'
    },
  }
}
