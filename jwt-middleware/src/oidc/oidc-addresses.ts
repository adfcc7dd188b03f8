import { problemResponse } from '../contract/problem.ts'
import type { Result } from '../contract/result.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { isNavigation, PRIVATE, RETRY_AFTER } from '../http/answer.ts'
import type { AuthRequest } from '../http/request.ts'
import { ownPage } from '../http/return-address.ts'
import { signedOut } from '../http/sign-out-answer.ts'
import type { LogoutToken, ReadLogoutToken } from './logout-token.ts'
import { oidcPage } from './oidc-pages.ts'
import type { OidcSide, OidcSideOptions } from './oidc-part.ts'
import type { OidcPaths } from './oidc-paths.ts'
import type { IssuedTokens, ProviderClient } from './provider-client.ts'
import { readFormField } from './request-form.ts'
import type { Seal } from './seal.ts'
import type { OidcSession } from './sealed-session.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { SignInAttempt, SignInAttempts } from './sign-in-attempt.ts'

export interface OidcEndpointsOptions extends Pick<OidcSideOptions, 'ownOrigin' | 'warn' | 'log'> {
  readonly paths: OidcPaths
  readonly provider: ProviderClient
  readonly sessions: SessionCookie
  readonly attempts: SignInAttempts
  /** Seals where a sign-out leads. */
  readonly signOuts: Seal
  /** Makes a session of what the provider issued. */
  readonly begin: (id: string, tokens: IssuedTokens) => OidcSession
  readonly isOver: (session: OidcSession) => Promise<boolean>
  /** Ends a session in all processes of this app. */
  readonly endOwn: (session: OidcSession) => Promise<void>
  readonly readLogoutToken: ReadLogoutToken
  /** Ends what a logout token names; `false` if the token was used before. */
  readonly endByToken: (token: LogoutToken) => Promise<boolean>
}

/** Longest return URL in a state, in bytes: with it, the provider's URL has to fit into the head of a response. */
const LONGEST_NEXT = 700
/** How often a sign-in begins again by itself. */
const MOST_TRIES = 1

/** The addresses that `auth()` answers itself in an app with the option `oidc`. */
export function createOidcEndpoints(
  options: OidcEndpointsOptions,
): Pick<OidcSide, 'answer' | 'isOwn' | 'signOut'> {
  const { ownOrigin, paths, provider, sessions, attempts, signOuts, warn, log } = options
  const { isOver, endOwn, readLogoutToken, endByToken } = options
  const signInAgain = (next: string) => `${ownOrigin}${paths.signIn}?${new URLSearchParams({ next })}`
  const cookiesOf = ({ header }: AuthRequest): string => header('cookie') ?? ''
  const isOwn = (path: string): boolean => Object.values(paths).includes(path)

  /** A page of this app; the start page for anything else. What does not fit loses its query. */
  function nextOf(given: string | null): string {
    const url = new URL(ownPage(given ?? undefined, ownOrigin))
    if (isOwn(url.pathname)) return `${ownOrigin}/`
    const short = url.href.length <= LONGEST_NEXT ? url.href : url.origin + url.pathname
    return short.length <= LONGEST_NEXT ? short : `${ownOrigin}/`
  }

  async function begin(request: AuthRequest, next: string, tries = 0): Promise<Response> {
    const attempt = await attempts.begin(cookiesOf(request), next, tries)
    const url = await provider.signInUrl(attempt, attempt.state)
    if (!url.ok) return oidcPage(request, 'unavailable', signInAgain(next))
    return redirect(url.value, [attempt.setCookie])
  }

  async function callback(request: AuthRequest, url: URL): Promise<Response> {
    const state = url.searchParams.get('state') ?? ''
    const read = await attempts.read(state, cookiesOf(request))
    if (read.kind === 'expired') return oidcPage(request, 'expired', signInAgain(`${ownOrigin}/`))
    if (read.kind === 'other_browser') {
      // Two first tabs at once, of which the second one's cookie won; or a stranger's link, which begins again as well.
      if (read.tries < MOST_TRIES) return begin(request, read.next, read.tries + 1)
      warn({ event: 'oidc_sign_in_failed', cause: 'no_cookie', setting: 'OWN_URL' }, NO_COOKIE)
      return oidcPage(request, 'no_cookie', signInAgain(read.next))
    }
    return finish(request, url, read.attempt, state)
  }

  async function finish(
    request: AuthRequest,
    url: URL,
    attempt: SignInAttempt,
    state: string,
  ): Promise<Response> {
    const { id, next } = attempt
    // Reloaded, or opened again from the history: its code was used, and must not be sent twice.
    for (const session of await sessions.in(cookiesOf(request))) {
      if (session.id === id && !(await isOver(session))) return redirect(next)
    }
    const tokens = await provider.exchange(url, attempt, state)
    if (!tokens.ok) {
      if (tokens.reason === 'ended' && attempt.tries < MOST_TRIES)
        return begin(request, next, attempt.tries + 1)
      if (tokens.reason === 'ended') return oidcPage(request, 'expired', signInAgain(next))
      if (tokens.reason === 'denied') {
        log.debug(
          { event: 'oidc_sign_in_failed', cause: 'denied', setting: 'the groups and the consent of the app' },
          'the OpenID provider did not sign the user in: they said no, or may not use this app',
        )
      }
      return oidcPage(request, tokens.reason, signInAgain(next))
    }
    const written = await sessions.write(options.begin(id, tokens.value))
    return written === null
      ? oidcPage(request, 'too_large', signInAgain(next))
      : redirect(next, [written.line])
  }

  /** The provider's page that asks. It leads back to {@link afterSignOut}. */
  const leavingTo = async (next: string, ids: readonly string[]): Promise<Result<string, 'unavailable'>> =>
    provider.signOutUrl(await signOuts.seal({ next, ids }))

  async function askToSignOut(request: AuthRequest, url: URL): Promise<Response> {
    const next = nextOf(url.searchParams.get('next'))
    const present = await sessions.in(cookiesOf(request))
    if (present.length === 0) return redirect(next)
    const target = await leavingTo(
      next,
      present.map(({ id }) => id),
    )
    return target.ok ? redirect(target.value) : oidcPage(request, 'unavailable', next)
  }

  async function afterSignOut(request: AuthRequest, url: URL): Promise<Response> {
    const content = await signOuts.open(url.searchParams.get('state') ?? '')
    const next = nextOf((content?.next as string | undefined) ?? null)
    const ids = (content?.ids ?? []) as readonly string[]
    // Only those that asked: no one else's link signs a user out.
    const present = (await sessions.in(cookiesOf(request))).filter(({ id }) => ids.includes(id))
    await Promise.all(present.map(endOwn))
    return redirect(next, present.length > 0 ? [sessions.deletion] : [])
  }

  async function backChannelLogout({ body }: AuthRequest): Promise<Response> {
    const text = await readFormField(body, 'logout_token')
    if (text === null) {
      warn({ event: 'logout_token_refused', cause: 'missing', setting: 'the order of middleware' }, UNREAD)
      return logoutRefused('logout_token is missing')
    }
    const token = await readLogoutToken(text)
    if (!token.ok) {
      warn({ event: 'logout_token_refused', cause: token.reason, setting: SETTING_OF_LOGOUT }, REFUSED)
      return token.reason === 'keys_unavailable'
        ? problemResponse({ status: 503, title: 'Keys unavailable' }, { 'retry-after': RETRY_AFTER })
        : logoutRefused(token.reason)
    }
    if (await endByToken(token.value)) return new Response(null, { status: 200, headers: NO_STORE })
    log.debug({ event: 'logout_token_refused', cause: 'replayed', setting: SETTING_OF_LOGOUT }, REFUSED)
    return logoutRefused('replayed')
  }

  const endpoints: Readonly<Record<string, (request: AuthRequest, url: URL) => Promise<Response>>> = {
    [paths.signIn]: (request, url) => begin(request, nextOf(url.searchParams.get('next'))),
    [paths.callback]: callback,
    [paths.signOut]: askToSignOut,
    [paths.signedOut]: afterSignOut,
    [paths.backChannelLogout]: backChannelLogout,
  }

  const pathOf = (target: string): string => target.split('?', 1)[0] as string

  return {
    isOwn: (target) => Object.hasOwn(endpoints, pathOf(target)),
    answer(request) {
      const path = pathOf(request.target)
      const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined
      if (endpoint === undefined) return null
      const takesPost = path === paths.backChannelLogout
      if (takesPost ? request.method !== 'POST' : !isSafeMethod(request.method)) return notAllowed(takesPost)
      return endpoint(request, new URL(request.target, ownOrigin))
    },

    async signOut(request, cookies, given) {
      const next = nextOf(given)
      const present = (await Promise.all(cookies.map(sessions.open))).filter((one) => one !== null)
      if (present.length === 0) return signedOut(request, next, [])
      const target = await leavingTo(next, [])
      const revoked = await Promise.all(
        present.map(({ refreshToken, accessToken }) => provider.revoke(refreshToken ?? accessToken)),
      )
      if (!target.ok || revoked.some(({ ok }) => !ok)) return oidcPage(request, 'unavailable', next)
      await Promise.all(present.map(endOwn))
      const setCookies = [sessions.deletion]
      return isNavigation(request)
        ? oidcPage(request, 'signing_out', target.value, { setCookies, isOnward: true })
        : signedOut(request, target.value, setCookies)
    },
  }
}

const SETTING_OF_LOGOUT = 'the address for sign-outs of the app at /admin/apps'
const REFUSED =
  'refused a logout token: it is forged, for another app, out of date, or was used before; the provider sends another one'
const UNREAD =
  'a sign-out of the provider had no logout token that could be read: mount auth() before body parsers, or use one for application/x-www-form-urlencoded'
const NO_COOKIE =
  'a browser did not send back the cookie of its sign-in: open this app at OWN_URL, over https if OWN_URL is https, and allow cookies'

const NO_STORE = { 'cache-control': 'no-store' }

/** OpenID Connect Back-Channel Logout 1.0, section 2.8. */
const logoutRefused = (description: string): Response =>
  Response.json(
    { error: 'invalid_request', error_description: description },
    { status: 400, headers: NO_STORE },
  )

async function notAllowed(takesPost: boolean): Promise<Response> {
  const allow = takesPost ? 'POST' : 'GET, HEAD'
  return problemResponse({ status: 405, title: 'Method not allowed' }, { allow })
}

function redirect(location: string, setCookies: readonly string[] = []): Response {
  const headers = new Headers({ ...PRIVATE, location, 'referrer-policy': 'no-referrer' })
  for (const line of setCookies) headers.append('set-cookie', line)
  return new Response(null, { status: 302, headers })
}
