import { type AccessClaims, type RejectionNote, readRejectionNote } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import { unixTime } from '../../platform/clock.ts'
import { configuredCookieNames } from '../../platform/config/config.ts'
import type { Service } from '../../service.ts'
import { isOpenedOverHttps, noteRefusal } from '../middleware/refusal-log.ts'
import { createRedirectCounter } from './redirect-counter.ts'
import type { ReturnUrl } from './return-url.ts'

/**
 * Why an app probably does not recognise a signed-in user: `scheme` AUTH_URL is http and users see https; `unseen` the
 * app gets no token although the browser has one, or redirects users that it rejects; `not_kept` the browser did not
 * store it.
 */
export type Cause =
  | 'clock'
  | 'scheme'
  | 'issuer'
  | 'audience'
  | 'keys'
  | 'altered'
  | 'conflicting'
  | 'session'
  | 'unseen'
  | 'not_kept'
  | 'unclear'

/** An app that returns a signed-in user. Times in seconds. */
export interface RedirectLoop {
  /** The app's host. */
  readonly app: string
  readonly cause: Cause
  /** The app's own reason, if it gave a trusted one. */
  readonly reason: string | null
  readonly ownTime: number
  readonly appTime: number | null
  /** The claims of the rejected token, if it is valid. */
  readonly token: Pick<AccessClaims, 'aud' | 'iat' | 'exp'> | null
}

/** Detects browsers that return from where they were redirected as signed in. */
export interface RedirectLoops {
  /** The loop of this request, or `null`; then the browser may be redirected to `next`, which is recorded. */
  spot(c: Context, next: ReturnUrl): Promise<RedirectLoop | null>
  /** Records that a newly signed-in user is redirected to `next`. */
  send(c: Context, next: ReturnUrl): void
  /** Whether a browser was redirected there signed in, just now, and returned without any cookie of that sign-in. */
  hasLostCookies(c: Context, next: ReturnUrl): boolean
  /** Resets the browser's count. */
  forget(c: Context): void
}

type RedirectLoopsOptions = Pick<Service, 'config' | 'introspect' | 'log' | 'now'>

/** A clock difference in seconds that makes no app reject a fresh token. */
const NOTEWORTHY = 10

export function createRedirectLoops({ config, introspect, log, now }: RedirectLoopsOptions): RedirectLoops {
  const redirectCounter = createRedirectCounter({ ...config, now })
  const names = configuredCookieNames(config)
  const cookies = (c: Context, name: string) => c.var.device.cookies.get(name) ?? []

  async function claimsOf(tokens: readonly string[]): Promise<AccessClaims | null> {
    const [token] = tokens
    return token === undefined ? null : introspect(token)
  }

  async function diagnose(c: Context, app: string, note: RejectionNote | null): Promise<RedirectLoop> {
    const token = await claimsOf(cookies(c, names.access))
    const ownTime = unixTime(now)
    const cause = note
      ? causeOf(note, ownTime)
      : silentCause(c.req.query('refused') !== undefined, token !== null)
    const isHttps = !config.https && isOpenedOverHttps(c, config.authUrl)
    const loop: RedirectLoop = {
      app,
      cause: isHttps && OF_ADDRESSES.has(cause) ? 'scheme' : cause,
      reason: note?.reason ?? null,
      ownTime,
      appTime: note?.now ?? null,
      token: token && { aud: token.aud, iat: token.iat, exp: token.exp },
    }
    noteRefusal(c, 'login_loop')
    log.warn(
      { event: 'login_loop', ...loop },
      'redirect loop detected: an app keeps sending a signed-in user back',
    )
    return loop
  }

  return {
    async spot(c, next) {
      const note = readRejectionNote(c.req.query('refused') ?? '', cookies(c, names.access))
      // An app at a foreign URL: no redirect leads back there, so the page must appear now.
      if (next.refused) return note && diagnose(c, note.host, note)
      if (next.href === null || next.host === null) return null
      // Only a note sealed with the token itself proves that an app has rejected it.
      const isTold = note?.host === next.host
      if (!redirectCounter.isLoop(c, next.href, isTold)) {
        redirectCounter.add(c, next.href, isTold)
        return null
      }
      // So that another attempt works.
      redirectCounter.forget(c)
      return diagnose(c, next.host, isTold ? note : null)
    },
    send(c, next) {
      if (next.href !== null && next.host !== null) redirectCounter.add(c, next.href)
    },
    hasLostCookies: (c, next) =>
      next.href !== null && cookies(c, names.refresh).length === 0 && redirectCounter.isBack(c, next.href),
    forget: redirectCounter.forget,
  }
}

/** The fix for an app at the https URL of a service whose AUTH_URL is http. */
const OF_ADDRESSES = new Set<Cause>(['issuer', 'unseen', 'not_kept', 'unclear'])

const CAUSES = new Map<string, Cause>([
  ['wrong_issuer', 'issuer'],
  ['wrong_audience', 'audience'],
  ['unknown_key', 'keys'],
  ['wrong_algorithm', 'keys'],
  ['bad_signature', 'keys'],
  ['malformed', 'altered'],
  ['too_large', 'altered'],
  ['unsupported_header', 'altered'],
  ['wrong_type', 'altered'],
  ['bad_claims', 'altered'],
  ['conflicting', 'conflicting'],
  ['session_over', 'session'],
])

function causeOf({ reason, now }: RejectionNote, ownTime: number): Cause {
  if (reason !== 'expired' && reason !== 'not_yet_valid') return CAUSES.get(reason) ?? 'unclear'
  return Math.abs(now - ownTime) >= NOTEWORTHY ? 'clock' : 'unclear'
}

/** Without a trusted reason of the app. */
function silentCause(spoke: boolean, browserHasToken: boolean): Cause {
  if (spoke) return 'unclear'
  return browserHasToken ? 'unseen' : 'not_kept'
}
