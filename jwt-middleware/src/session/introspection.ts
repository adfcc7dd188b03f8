import { type AccessClaims, readAccessClaims } from '../contract/claims.ts'
import {
  type ConnectionFailure,
  explainAnswer,
  explainError,
  headOf,
} from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'

export interface IntrospectionOptions {
  /** The auth service's `/introspect`, as reached from inside. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

/** What the auth service says of a token at this moment. */
export type Activity = 'active' | 'inactive' | 'unavailable'

const TIMEOUT = 3_000
const NOT_AN_ANSWER = {
  reason: 'its answer does not say whether the token is active',
  remedy: 'Something else may answer there: check AUTH_INTERNAL_URL.',
}

/** Asks the auth service about tokens (RFC 7662, section 2). Nothing is remembered. */
export interface Introspection {
  /** Whether an access token is good at this moment. */
  access(token: string): Promise<Activity>
  /**
   * Whether the session of a refresh token lives, and what its access token would say. The refresh token is not renewed:
   * for requests whose answer can't carry cookies.
   */
  session(refreshToken: string): Promise<AccessClaims | Exclude<Activity, 'active'>>
}

/** What is read of an answer. */
interface Answer {
  readonly active: boolean
  readonly access_claims?: unknown
}

export function createIntrospection({ url, fetch, log }: IntrospectionOptions): Introspection {
  const warn = createLimitedLog(log)
  const report = (failure: ConnectionFailure) =>
    warn(
      { event: 'introspection_failed', url, ...failure },
      'could not ask the auth service whether a token is active',
    )

  async function ask(token: string, kind: 'access_token' | 'refresh_token'): Promise<Answer | null> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Not followed: it would carry the token along.
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
