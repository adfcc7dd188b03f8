import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { SIGN_OUT_FAILED } from '#process-or-worker/contract/log-messages'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { CONTRACT, CONTRACT_HEADER } from '../contract/contract-version.ts'
import type { CookieNames } from '../contract/cookies.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import { failure, type Result, success } from '../contract/result.ts'
import { isTextList } from '../contract/text-list.ts'

/** The tokens of a browser that signs out. */
export interface PresentedTokens {
  readonly access: readonly string[]
  readonly refresh: readonly string[]
}

/** What the auth service ended. */
export interface Ended {
  /** Ids of the sessions of the authentic tokens, also if they had ended before. */
  readonly sessions: readonly string[]
  /** `Set-Cookie` values that delete the family's cookies. */
  readonly setCookies: readonly string[]
}

/** Ends the sessions of these tokens at the auth service. */
export type EndSessions = (tokens: PresentedTokens) => Promise<Result<Ended, 'unavailable'>>

export interface EndSessionsOptions {
  /** The internal URL of the auth service's `/logout`. */
  readonly url: string
  readonly cookies: CookieNames
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

const TIMEOUT = 3_000
const NOT_AN_ANSWER = {
  reason: 'its answer does not name the sessions that ended',
  remedy: 'Update the auth service to the version of this package, or check AUTH_INTERNAL_URL.',
}

export function createSignOut({ url, cookies, fetch, log }: EndSessionsOptions): EndSessions {
  const warn = createLimitedLog(log)

  function unavailable(failed: ConnectionFailure): Result<never, 'unavailable'> {
    warn({ event: 'sign_out_failed', url, ...failed }, SIGN_OUT_FAILED)
    return failure('unavailable')
  }

  const pairs = (name: string, tokens: readonly string[]) => tokens.map((token) => `${name}=${token}`)

  /** Another cookie without a domain is the auth service's alone: here it would delete one of the app's own. */
  const isForApps = (line: string): boolean =>
    /; *domain=/i.test(line) || [cookies.access, cookies.refresh].includes(line.split('=', 1)[0] as string)

  return async ({ access, refresh }) => {
    const cookie = [...pairs(cookies.access, access), ...pairs(cookies.refresh, refresh)].join('; ')
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Redirects are not followed, since they would forward the tokens.
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          [CONTRACT_HEADER]: String(CONTRACT),
          cookie,
        },
        body: '{}',
        signal: AbortSignal.timeout(TIMEOUT),
      })
      const answer = (response.status === 200 ? await response.json() : null) as { sessions?: unknown } | null
      const sessions = answer?.sessions
      if (isTextList(sessions)) {
        return success({ sessions, setCookies: response.headers.getSetCookie().filter(isForApps) })
      }
      await response.body?.cancel()
      return unavailable(explainAnswer(headOf(response), { url }) ?? NOT_AN_ANSWER)
    } catch (error) {
      return unavailable(error instanceof SyntaxError ? NOT_AN_ANSWER : explainError(error, { url }))
    }
  }
}
