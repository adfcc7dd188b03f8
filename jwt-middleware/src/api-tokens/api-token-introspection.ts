import { createTurns } from '#process-or-worker/api-tokens/turns'
import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { type ApiTokenClaims, readApiTokenClaims } from '../contract/api-token-claims.ts'
import { isClientRejection } from '../contract/client-rejection.ts'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { ClientCredentials } from './client-credentials.ts'
import type { TokenUse } from './token-use.ts'

/** Asks the auth service about an API token. Nothing is cached. */
export type IntrospectApiToken = (
  token: string,
  use: TokenUse,
) => Promise<ApiTokenClaims | 'inactive' | 'unavailable'>

export interface ApiTokenIntrospectionOptions {
  /** The internal URL of the auth service's `/introspect`. */
  readonly url: string
  readonly issuer: string
  readonly credentials: ClientCredentials
  readonly fetch: typeof globalThis.fetch
  readonly log: Logger
}

/** How long a request waits for an answer, in ms: in line, and for the auth service. */
const TIMEOUT = 3_000
const CHECK = 'Another program may answer there: check AUTH_INTERNAL_URL.'
const NOT_AN_ANSWER = { reason: 'its answer does not say whether the token is active', remedy: CHECK }
const WRONG_ISSUER = {
  reason: 'its answer is about another issuer',
  remedy: 'Check AUTH_INTERNAL_URL: it must lead to the auth service of LOGIN_URL.',
}

export function createApiTokenIntrospection(options: ApiTokenIntrospectionOptions): IntrospectApiToken {
  const { url, issuer, credentials, fetch, log } = options
  const warn = createLimitedLog(log)
  const takeTurns = createTurns(warn)

  function unavailable(failure: ConnectionFailure): 'unavailable' {
    warn(
      { event: 'introspection_failed', url, ...failure },
      'could not ask the auth service about an API token: its request gets 503',
    )
    return 'unavailable'
  }

  const formOf = (token: string, { remoteAddress, forwardedFor }: TokenUse) =>
    new URLSearchParams({
      token,
      ...(remoteAddress !== undefined && { remote_address: remoteAddress }),
      ...(forwardedFor !== undefined && { forwarded_for: forwardedFor }),
    })

  async function ask(token: string, use: TokenUse, timeout: number) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Redirects are not followed, since they would forward the token and the secret.
        redirect: 'manual',
        headers: { accept: 'application/json', authorization: credentials.authorization },
        body: formOf(token, use),
        signal: AbortSignal.timeout(timeout),
      })
      if (await isClientRejection(response)) {
        credentials.rejected()
        return 'unavailable'
      }
      const answer = response.status === 200 ? Object(await response.json()) : {}
      if (typeof answer.active !== 'boolean') {
        await response.body?.cancel()
        return unavailable(explainAnswer(headOf(response), { url }) ?? NOT_AN_ANSWER)
      }
      credentials.accepted()
      if (!answer.active) return 'inactive'
      const claims = readApiTokenClaims(answer)
      if (claims === null) return unavailable(NOT_AN_ANSWER)
      return claims.iss === issuer ? claims : unavailable(WRONG_ISSUER)
    } catch (error) {
      return unavailable(error instanceof SyntaxError ? NOT_AN_ANSWER : explainError(error, { url }))
    }
  }

  return async (token, use) =>
    (await takeTurns(use, (waited) => ask(token, use, Math.ceil(TIMEOUT - waited)))) ?? 'unavailable'
}
