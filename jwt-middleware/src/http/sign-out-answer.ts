import { problemResponse } from '../contract/problem.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { isNavigation, leadOn, PRIVATE, RETRY_AFTER, refusal } from './answer.ts'
import type { AuthRequest } from './request.ts'

/** Signed out: a page goes on to `location` (303), and all others get 204. */
export function signedOut(request: AuthRequest, location: string, setCookies: readonly string[]): Response {
  const headers = new Headers(PRIVATE)
  for (const cookie of setCookies) headers.append('set-cookie', cookie)
  if (isNavigation(request)) {
    headers.set('location', location)
    return new Response(null, { status: 303, headers })
  }
  // htmx follows this header for any status.
  if (request.header('hx-request') === 'true') headers.set('hx-redirect', location)
  return new Response(null, { status: 204, headers })
}

/** Only the auth service sees the refresh cookie, so it is asked to sign out. */
export function signOutElsewhere(request: AuthRequest, signOutUrl: string, loginUrl: string): Response {
  if (!isNavigation(request)) {
    const detail =
      'The session can’t be ended from here: open sign_out_url, or sign in at login_url and repeat the request.'
    const urls = { login_url: loginUrl, sign_out_url: signOutUrl }
    return problemResponse({ status: 401, title: 'Not signed in', detail, ...urls }, PRIVATE)
  }
  if (isSafeMethod(request.method)) {
    return new Response(null, { status: 302, headers: { location: signOutUrl, ...PRIVATE } })
  }
  return leadOn(request, { title: 'Please confirm', link: 'Sign out' }, signOutUrl, {})
}

/** The auth service was not reached: deleting the cookies here would leave the session open everywhere else. */
export function stillSignedIn(request: AuthRequest): Response {
  const detail = 'You could not be signed out, and are still signed in. Please try again in a few seconds.'
  return refusal(
    request,
    { status: 503, title: 'You are still signed in', detail },
    { 'retry-after': RETRY_AFTER },
  )
}
