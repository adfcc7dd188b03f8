import type { Logger } from '../contract/log.ts'
import { type ApiTokenHeader, readApiToken, readBearer } from '../http/bearer.ts'
import type { AuthRequest } from '../http/request.ts'
import type { TokenChallenge } from '../http/token-challenge.ts'
import type { Authentication } from '../session/authentication.ts'
import type { createMetrics } from '../session/metrics.ts'
import type { AnonymousReason, AnonymousUser, ServiceUser, TokenUser, User } from '../users/user.ts'
import type { ApiTokens } from './api-token-authentication.ts'
import type { TokenUse } from './token-use.ts'

/** Answers requests with an API token, or those that should have one. */
export interface TokenRequests {
  /** An API token counts alone: no cookie is looked at, and an invalid token does not make an anonymous request. */
  authenticate(
    given: Exclude<ApiTokenHeader, { kind: 'none' }>,
    request: AuthRequest,
  ): Promise<Authentication>
  /** The answer to a program whose bearer token is of another kind, where it brought nothing else. */
  foreign(): Authentication
  /** The user of a token, also another app; `undefined` for all others. */
  holderOf(user: User): TokenUser | undefined
  /** Asks about the token of a request at this moment; `null` if it is active. */
  confirm(request: AuthRequest): Promise<Response | null>
  /** The answer where a token is required, and none was sent. */
  withoutToken(request: AuthRequest, scopes: readonly string[]): Response
  /** The answer to a token that lacks these scopes. */
  withoutScopes(lacking: readonly string[]): Response
  /** The answer of a guard that no scope opens. */
  beyondScopes(guard: string): Response
}

export interface TokenRequestsOptions {
  readonly apiTokens: ApiTokens
  readonly challenge: TokenChallenge
  /** An anonymous user. */
  readonly nobody: (reason: AnonymousReason) => AnonymousUser
  readonly metrics: ReturnType<typeof createMetrics>
  readonly log: Logger
}

const INVALID = 'This API token is wrong, expired or revoked, or not for this app.'
const REFUSED: Readonly<Record<string, string>> = {
  malformed_token: 'This is not a complete API token: its length or its checksum is wrong.',
  token_not_accepted: 'This app takes no API tokens.',
  no_credentials: 'This app can’t check API tokens: it is not registered.',
}
const REMEDY = 'The app can guard this route with permissionRequired(), or with tokenRequired({ scopes }).'
const FOREIGN_BEARER =
  'This is not an API token, which starts with lk_, and not an access token of this family.'
const NO_API_TOKEN = 'This is not an API token. API tokens start with lk_.'

export function createTokenRequests(options: TokenRequestsOptions): TokenRequests {
  const { apiTokens, challenge, nobody, metrics, log } = options
  /** Other apps, by the anonymous user that stands for them where people are expected. */
  const services = new WeakMap<AnonymousUser, ServiceUser>()

  /** Handlers that expect people don't take an app for one. */
  function standIn(service: ServiceUser): AnonymousUser {
    const user = nobody('service')
    services.set(user, service)
    return user
  }

  const of = (user: User, refusal: Response | null = null): Authentication => ({
    user,
    setCookies: [],
    refusal,
  })

  return {
    async authenticate(given, request) {
      if (given.kind === 'malformed') {
        metrics.reject('malformed_token')
        return of(nobody('rejected'), challenge.malformed())
      }
      const who = await apiTokens.authenticate(given.token, useOf(request))
      if (who.isAuthenticated) return of(who.isService ? standIn(who) : who)
      const user = nobody(who.reason)
      if (who.reason === 'unavailable') return of(user, challenge.unavailable())
      if (who.reason !== 'rejected') return of(user)
      return of(user, challenge.invalid(REFUSED[who.refused ?? ''] ?? INVALID))
    },
    foreign() {
      metrics.reject('foreign_bearer')
      log.debug(
        { event: 'token_refused', cause: 'foreign_bearer', setting: 'order of auth()' },
        'refused a bearer token of another kind: a route with tokens of its own belongs before auth()',
      )
      return of(nobody('rejected'), challenge.invalid(FOREIGN_BEARER))
    },
    holderOf(user) {
      const holder = user.isAuthenticated ? user : services.get(user)
      return holder === undefined || holder.token === null ? undefined : (holder as TokenUser)
    },
    async confirm(request) {
      const given = readApiToken(request.header('authorization'))
      const said = given.kind === 'token' ? await apiTokens.confirm(given.token, useOf(request)) : 'inactive'
      if (said === 'active') return null
      return said === 'inactive' ? challenge.invalid(INVALID) : challenge.unavailable()
    },
    withoutToken: ({ header }, scopes) =>
      readBearer(header('authorization')) === null
        ? challenge.missing(scopes)
        : challenge.invalid(NO_API_TOKEN),
    withoutScopes(lacking) {
      log.debug(
        {
          event: 'user_refused',
          cause: 'no_scope',
          permissions: lacking.join(', '),
          setting: 'scopes of the API token',
        },
        'a guard refused an API token without a scope',
      )
      return challenge.insufficient(lacking)
    },
    beyondScopes(guard) {
      log.debug(
        {
          event: 'user_refused',
          cause: 'no_scope',
          guard,
          setting: 'permissionRequired(), or tokenRequired({ scopes })',
        },
        'a guard refused an API token: scopes are names of permissions, and this guard asks for something else',
      )
      return challenge.insufficient([], `${guard} takes no API tokens. ${REMEDY}`)
    },
  }
}

const useOf = ({ header, remoteAddress }: AuthRequest): TokenUse => ({
  remoteAddress,
  forwardedFor: header('x-forwarded-for'),
})
