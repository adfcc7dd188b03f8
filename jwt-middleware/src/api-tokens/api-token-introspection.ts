import { explainError } from '#process-or-worker/contract/explain-error'
import { type ApiTokenClaims, readApiTokenClaims } from '../contract/api-token-claims.ts'
import { isClientRejection } from '../contract/client-rejection.ts'
import { type ConnectionFailure, explainAnswer, headOf } from '../contract/connection-failure.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { ClientCredentials } from './client-credentials.ts'
import { createFairLine, type Sender } from './fair-line.ts'

/** From where a program sent its token, for the token's last use. */
export interface TokenUse {
  /** The other end of the connection. */
  readonly remoteAddress: string | undefined
  readonly forwardedFor: string | undefined
}

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
/** How long of it in line, so that enough is left to ask. */
const PATIENCE = 2_000
/** Questions at a time: anyone can invent tokens, and the auth service answers all apps. */
const MOST_AT_ONCE = 32
/** Requests that wait for their turn; further ones get their 503 at once. */
const LONGEST_LINE = 1_000
const CHECK = 'Another program may answer there: check AUTH_INTERNAL_URL.'
const NOT_AN_ANSWER = { reason: 'its answer does not say whether the token is active', remedy: CHECK }
const WRONG_ISSUER = {
  reason: 'its answer is about another issuer',
  remedy: 'Check AUTH_INTERNAL_URL: it must lead to the auth service of LOGIN_URL.',
}

export function createApiTokenIntrospection(options: ApiTokenIntrospectionOptions): IntrospectApiToken {
  const { url, issuer, credentials, fetch, log } = options
  const warn = createLimitedLog(log)
  const line = createFairLine({ most: MOST_AT_ONCE, longest: LONGEST_LINE, patience: PATIENCE })

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

  function tooMany(): 'unavailable' {
    warn(
      {
        event: 'introspection_crowded',
        most: MOST_AT_ONCE,
        setting: 'limits by address in the proxy in front of this app',
      },
      'too many requests came with unknown API tokens at once: some get 503. Someone may be inventing tokens: let your proxy limit requests by address',
    )
    return 'unavailable'
  }

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
    (await line.run(senderOf(use), (waited) => ask(token, use, Math.ceil(TIMEOUT - waited)))) ?? tooMany()
}

/**
 * The address that a program can't choose comes first; behind a proxy, the one that the proxy saw tells its clients apart.
 */
const senderOf = ({ remoteAddress = '', forwardedFor = '' }: TokenUse): Sender => [
  networkOf(remoteAddress),
  networkOf(
    forwardedFor
      .slice(forwardedFor.lastIndexOf(',') + 1)
      .trim()
      .slice(0, 60),
  ),
]

/** Of an IPv6 address its /64, which one customer has as a whole. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const first = head.split(':')
  const missing = tail === undefined ? 0 : 8 - first.length - tail.split(':').length
  return [...first, ...Array(Math.max(missing, 0)).fill('0'), ...(tail?.split(':') ?? [])]
    .slice(0, 4)
    .join(':')
}
