import { createPublication } from '#process-or-worker/api-tokens/publication'
import type { Logger } from '../contract/log.ts'
import { isOpaqueToken } from '../contract/opaque-token.ts'
import type { Revocation } from '../contract/revocation.ts'
import type { FeedCredentials } from '../feed/stream-parts.ts'
import { createTokenChallenge } from '../http/token-challenge.ts'
import type { Credential } from '../session/watched-sessions.ts'
import type { Permission } from '../users/permissions.ts'
import type { AnonymousReason, AnonymousUser, AuthenticatedUser, ServiceUser } from '../users/user.ts'
import { type ApiTokensOptions, createApiTokens } from './api-token-authentication.ts'
import { createApiTokenIntrospection } from './api-token-introspection.ts'
import { createClientCredentials } from './client-credentials.ts'
import { createTokenRequests, type TokenRequests } from './token-requests.ts'

/** What `auth()` does with API tokens and with the app's own credentials. */
export interface ApiTokenSide extends TokenRequests {
  /** The cached user of a token, without I/O; else `null`. */
  recall(token: string): AuthenticatedUser | null
  /** Drops what an entry of the feed revokes or changes. */
  hear(entry: Revocation): void
  /** Drops the tokens of a user, or all. */
  forget(uuid?: string): void
  credentialOf(user: AuthenticatedUser | ServiceUser): Credential | undefined
  /** Publishes the app's permissions, if it has credentials. */
  publish(permissions: readonly Permission[]): void
  /** What is to publish now, where there is no other time for it. */
  attend(): Promise<void> | null
  close(): void
}

export interface ApiTokenSideOptions extends Omit<ApiTokensOptions, 'introspect'> {
  readonly client: FeedCredentials | null
  readonly internalOrigin: string
  readonly issuer: string
  readonly ownOrigin: string
  readonly nobody: (reason: AnonymousReason) => AnonymousUser
  readonly fetch: typeof globalThis.fetch
}

/** The app's client ID and secret. */
export interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

/** The code for API tokens: workers leave it out unless they pass it on. */
export interface ApiTokenPart {
  /** What is wrong with a client ID and secret. */
  problemsOf(given: { readonly [Name in keyof Client]: string | undefined }): readonly string[]
  createCredentials(client: Client, now: () => number, log: Logger): FeedCredentials
  createSide(options: ApiTokenSideOptions): ApiTokenSide
}

const ISSUE = 'Issue them with: npx latchkey apps create, or rotate-secret'

/**
 * The code for API tokens, for workers: `createAuth({ clientId, clientSecret, apiTokens })`. Elsewhere `auth()` and
 * `createAuth()` have it by themselves.
 */
export const apiTokens: ApiTokenPart = {
  // Values are not shown: each may be the other, or another secret.
  problemsOf: ({ clientId, clientSecret }) => [
    ...((clientId === undefined) === (clientSecret === undefined)
      ? []
      : [
          `${clientId === undefined ? 'AUTH_CLIENT_ID' : 'AUTH_CLIENT_SECRET'} is missing. Set both AUTH_CLIENT_ID and AUTH_CLIENT_SECRET, or neither. ${ISSUE}`,
        ]),
    ...(clientId === undefined || /^[A-Za-z0-9_-]{22}$/.test(clientId)
      ? []
      : [`AUTH_CLIENT_ID is not a client ID of 22 characters. ${ISSUE}`]),
    ...(clientSecret === undefined || isOpaqueToken('app_secret', clientSecret)
      ? []
      : [
          `AUTH_CLIENT_SECRET is not a complete client secret: it starts with "lks_" and has 53 characters. ${ISSUE}`,
        ]),
  ],

  createCredentials: (client, now, log) => createClientCredentials({ ...client, now, log }),

  createSide(options) {
    const { internalOrigin, fetch, log } = options
    const credentials = options.client as ReturnType<typeof createClientCredentials> | null
    const introspect =
      credentials &&
      createApiTokenIntrospection({ ...options, url: `${internalOrigin}/introspect`, credentials })
    const tokens = createApiTokens({ ...options, introspect })
    const publication =
      credentials && createPublication({ url: `${internalOrigin}/permissions`, credentials, fetch, log })
    const challenge = createTokenChallenge(options)
    return {
      ...createTokenRequests({ ...options, apiTokens: tokens, challenge }),
      recall: tokens.recall,
      hear: tokens.hear,
      forget: tokens.forget,
      credentialOf: tokens.credentialOf,
      publish(permissions) {
        // An app that defines none leaves what was published before.
        if (permissions.length > 0) publication?.start(permissions)
      },
      attend: () => publication?.attend() ?? null,
      close: () => publication?.close(),
    }
  },
}
