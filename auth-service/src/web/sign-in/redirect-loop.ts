import {
  type AccessClaims,
  type RefusalNote,
  readCookies,
  readRefusalNote,
} from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import { unixTime } from '../../platform/clock.ts'
import { configuredCookieNames } from '../../platform/config/config.ts'
import type { Service } from '../../service.ts'
import { isOpenedOverHttps, noteRefusal } from '../middleware/refusal-log.ts'
import { createRedirectCounter } from './redirect-counter.ts'
import type { ReturnUrl } from './return-url.ts'

/**
 * What most likely keeps an app from knowing a person who is signed in: `scheme` AUTH_URL is http and people see https,
 * `unseen` the app gets no token although the browser has one, or sends away people whom it does not let in,
 * `not_kept` the browser has none although it was given one.
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

/** An app that sends back whoever we send there. Times in seconds. */
export interface RedirectLoop {
  /** The app's host. */
  readonly app: string
  readonly cause: Cause
  /** The app's own word for it, if it said one that can be believed. */
  readonly reason: string | null
  readonly ownTime: number
  readonly appTime: number | null
  /** What the refused token says, if it is good. */
  readonly token: Pick<AccessClaims, 'aud' | 'iat' | 'exp'> | null
}

/** Watches browsers that come back from where they were sent as signed in. */
export interface RedirectLoops {
  /** The loop that this request is part of, or `null`; then the browser may be sent to `next`, which is remembered. */
  spot(c: Context, next: ReturnUrl): Promise<RedirectLoop | null>
  /** Remembers that somebody who has just signed in is sent to `next`. */
  send(c: Context, next: ReturnUrl): void
  /** Whether somebody was sent there signed in, just now, and is back without any cookie of that. */
  hasLostCookies(c: Context, next: ReturnUrl): boolean
  /** Has the browser counted anew. */
  forget(c: Context): void
}

type RedirectLoopsOptions = Pick<Service, 'config' | 'introspect' | 'log' | 'now'>

/** Clocks that are less apart, in seconds, make no app refuse what was issued just now. */
const NOTEWORTHY = 10

export function createRedirectLoops({ config, introspect, log, now }: RedirectLoopsOptions): RedirectLoops {
  const redirectCounter = createRedirectCounter({ ...config, now })
  const names = configuredCookieNames(config)
  const cookies = (c: Context, name: string) => readCookies(c.req.header('cookie') ?? '', name)

  async function claimsOf(tokens: readonly string[]): Promise<AccessClaims | null> {
    const [token] = tokens
    return token === undefined ? null : introspect(token)
  }

  async function diagnose(c: Context, app: string, note: RefusalNote | null): Promise<RedirectLoop> {
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
      'redirect loop detected: an app keeps sending a signed-in person back',
    )
    return loop
  }

  return {
    async spot(c, next) {
      const note = readRefusalNote(c.req.query('refused') ?? '', cookies(c, names.access))
      // An app at an address that is none of ours: there is no way back, so that this is the moment to say so.
      if (next.refused) return note && diagnose(c, note.host, note)
      if (next.href === null || next.host === null) return null
      // Only a note that the very token seals says for certain that an app has refused it.
      const isTold = note?.host === next.host
      if (!redirectCounter.isLoop(c, next.href, isTold)) {
        redirectCounter.add(c, next.href, isTold)
        return null
      }
      // So that whoever tries again, does.
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

/** What an app does that is at the https address of a service whose AUTH_URL is http. */
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

function causeOf({ reason, now }: RefusalNote, ownTime: number): Cause {
  if (reason !== 'expired' && reason !== 'not_yet_valid') return CAUSES.get(reason) ?? 'unclear'
  return Math.abs(now - ownTime) >= NOTEWORTHY ? 'clock' : 'unclear'
}

/** Where the app said nothing that can be believed. */
function silentCause(spoke: boolean, browserHasToken: boolean): Cause {
  if (spoke) return 'unclear'
  return browserHasToken ? 'unseen' : 'not_kept'
}
