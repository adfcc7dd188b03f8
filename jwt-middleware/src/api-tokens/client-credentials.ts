import type { Logger } from '../contract/log.ts'

/** The credentials with which a registered app identifies itself at the auth service. */
export interface ClientCredentials {
  /** The value of an `Authorization` header (RFC 6749, section 2.3.1). */
  readonly authorization: string
  /** The same for the feed; `null` for five minutes after the auth service refused them. */
  forFeed(): string | null
  /** Milliseconds until {@link forFeed} tries again; `null` unless they were refused. */
  untilRetry(): number | null
  /** The auth service refused them. One line in the log says so, until it takes them. */
  rejected(): void
  /** The auth service took them. */
  accepted(): void
}

export interface ClientCredentialsOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** In ms. */
  readonly now: () => number
  readonly log: Pick<Logger, 'warn'>
}

/** How long refused credentials are left out at the feed, in ms. */
const PAUSE = 300_000

/** Cookies need no credentials, so an app whose credentials are wrong goes on with the feed as everyone sees it. */
export function createClientCredentials(options: ClientCredentialsOptions): ClientCredentials {
  const { clientId, clientSecret, now, log } = options
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(':')
  const authorization = `Basic ${btoa(pair)}`
  let rejectedAt: number | null = null
  return {
    authorization,
    forFeed: () => (rejectedAt !== null && now() - rejectedAt < PAUSE ? null : authorization),
    untilRetry: () => (rejectedAt === null ? null : Math.max(rejectedAt + PAUSE - now(), 0)),
    rejected() {
      const isNews = rejectedAt === null
      if (rejectedAt === null || now() - rejectedAt >= PAUSE) rejectedAt = now()
      if (!isNews) return
      log.warn(
        {
          event: 'client_rejected',
          setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET',
          remedy:
            'Issue a new secret with "latchkey apps rotate-secret", or at /admin/apps, set both settings, and restart this app.',
        },
        'the auth service refused the credentials of this app: API tokens get 503, and its permissions are not published; cookies still work',
      )
    },
    accepted() {
      rejectedAt = null
    },
  }
}
