import { success } from '../contract/result.ts'
import { isSafeMethod, isSameOrigin } from '../contract/same-origin.ts'
import type { Feed } from '../feed/feed.ts'
import { readApiToken, readBearer } from '../http/bearer.ts'
import type { Challenge } from '../http/challenge.ts'
import type { Links } from '../http/links.ts'
import type { OriginLog } from '../http/origin-log.ts'
import { ownPage } from '../http/return-address.ts'
import { signedOut, signOutElsewhere, stillSignedIn } from '../http/sign-out-answer.ts'
import type { OidcSide } from '../oidc/oidc-part.ts'
import type { EndSessions, PresentedTokens } from '../session/sign-out.ts'
import type { AuthCore } from './auth-core.ts'

export interface SignOutButtonOptions {
  readonly settings: {
    readonly ownOrigin: string
    readonly sameOrigins: readonly string[]
    /** Whether the app receives the refresh cookie. */
    readonly renewsInLine: boolean
  }
  readonly links: Links
  readonly challenge: Challenge
  readonly origins: OriginLog
  readonly oidc: Pick<OidcSide, 'signOut'> | null
  readonly presented: (
    cookie: string,
    bearer: string | null,
  ) => PresentedTokens & { readonly isBearer: boolean }
  readonly endSessions: EndSessions
  readonly feed: Pick<Feed, 'noteEnd'>
}

/** Said to a request from a page of another origin. */
export const FOREIGN = 'This request came from a page of another origin. Send it from a page of this app.'

const NO_SESSION = 'An API token has no session that could end. Revoke the token instead.'

const NOTHING_ENDED = success({ sessions: [], setCookies: [] })

/** The handler of the app's own sign-out button. */
export function createSignOutButton(options: SignOutButtonOptions): AuthCore['signOut'] {
  const { settings, links, challenge, origins, oidc, presented, endSessions, feed } = options
  return async (request, next = '/') => {
    const elsewhere = () =>
      signOutElsewhere(request, links.signOut(request, next), links.signIn(request, next))
    if (isSafeMethod(request.method)) return elsewhere()
    const authorization = request.header('authorization')
    if (readApiToken(authorization).kind !== 'none') return challenge.forbidden(request, NO_SESSION)
    const { isBearer, access, refresh } = presented(request.header('cookie') ?? '', readBearer(authorization))
    if (!isBearer && !isSameOrigin(request.header, settings.sameOrigins)) {
      origins.foreign(request.header)
      return challenge.forbidden(request, FOREIGN)
    }
    if (oidc) return oidc.signOut(request, refresh, ownPage(next, settings.ownOrigin))
    const isPresent = access.length > 0 || refresh.length > 0
    const ended = isPresent ? await endSessions({ access, refresh }) : NOTHING_ENDED
    if (!ended.ok) return stillSignedIn(request)
    const { sessions, setCookies } = ended.value
    for (const sid of sessions) feed.noteEnd(sid)
    if (sessions.length === 0 && !settings.renewsInLine && !isBearer) return elsewhere()
    return signedOut(request, ownPage(next, settings.ownOrigin), setCookies)
  }
}
