import { type ConnectionFailure, explainAnswer, explainError, headOf } from './connection-failure.ts'
import { createLimitedLog } from './limited-log.ts'
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
const NOT_AN_ANSWER = {
  reason: 'its answer does not say whether the token is active',
  remedy: 'Something else may answer there: check AUTH_INTERNAL_URL.',
}

/** Asks the auth service about an access token (RFC 7662, section 2). Nothing is remembered. */
export function createIntrospection({ url, fetch, log }: IntrospectionOptions) {
  const warn = createLimitedLog(log)
  const report = (failure: ConnectionFailure) =>
    warn(
      { event: 'introspection_failed', url, ...failure },
      'could not ask the auth service whether a token is active',
    )

  return async (token: string): Promise<Activity> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Not followed: it would carry the token along.
        redirect: 'manual',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        signal: AbortSignal.timeout(TIMEOUT),
      })
      const answer = (response.status === 200 ? await response.json() : null) as { active?: unknown } | null
      if (typeof answer?.active === 'boolean') return answer.active ? 'active' : 'inactive'
      await response.body?.cancel()
      report(explainAnswer(headOf(response), { url }) ?? NOT_AN_ANSWER)
    } catch (error) {
      report(error instanceof SyntaxError ? NOT_AN_ANSWER : explainError(error, { url }))
    }
    return 'unavailable'
  }
}
