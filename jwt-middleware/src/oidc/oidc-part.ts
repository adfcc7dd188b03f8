import type { CookieNames } from '../contract/cookies.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { AuthRequest } from '../http/request.ts'
import type { Introspection } from '../session/introspection.ts'
import type { Renew } from '../session/renewal.ts'
import type { StoredValue } from '../users/state.ts'
import type { KeySource } from '../verify/key-source.ts'
import type { TokenVerifier } from '../verify/verifier.ts'

/** What follows from the app's own origin: these replace the settings of an app that sees the family's cookies. */
export interface OidcSettings {
  /** One cookie of this host alone. It counts as both: the session is renewed by what it contains. */
  readonly cookies: CookieNames
  /** The app's own address that begins a sign-in. */
  readonly loginUrl: string
  /** The app's own address that asks before it signs out. */
  readonly signOutUrl: string
}

/** How `auth()` knows users whose cookies are sealed sessions, and not the family's tokens. */
export interface OidcSide {
  /** Reads sealed sessions. */
  readonly verifier: TokenVerifier
  /** Renews them at the provider, by their refresh token. */
  readonly renew: Renew
  /** Asks the provider about them, by their access token. */
  readonly introspect: Introspection
  /** Whether this target, path and query, is one of the app's own addresses. */
  isOwn(target: string): boolean
  /** The response of the app's own addresses, such as the callback; `null` for all others. */
  answer(request: AuthRequest): Promise<Response> | null
  /**
   * Ends these sessions here, and leads a page to the provider, which asks whether to end the family's, and then to
   * `next`, a URL of the app. 503 if the provider is unavailable: the user is still signed in.
   */
  signOut(request: AuthRequest, cookies: readonly string[], next: string): Promise<Response>
  close(): void
}

export interface OidcSideOptions {
  readonly client: { readonly clientId: string; readonly clientSecret: string } | null
  readonly issuer: string
  readonly internalOrigin: string
  readonly ownOrigin: string
  readonly clockTolerance: number
  /** How many sessions this process remembers, to end them when the provider says so. */
  readonly cacheSize: number
  readonly keys: KeySource
  /** Where the processes of an app tell each other which sessions ended. */
  readonly state: StoredValue
  /** A session that may be cached has ended. */
  readonly onEnd: (sessionId: string) => void
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly log: Logger
  readonly warn: WarnLimited
}

/** OpenID Connect for an app that does not see the family's cookies: from `oidc()` of the entry `./oidc`. */
export interface OidcPart {
  /** What the compiler says of an object of settings, in place of what `oidc()` makes of them. */
  readonly 'from oidc() of @latchkey/jwt-middleware/oidc': true
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  readonly callbackPath: string
  /** Throws LatchkeyError `invalid_options` for a callback path that is none. */
  settingsFor(ownOrigin: string): OidcSettings
  createSide(options: OidcSideOptions): OidcSide
}
