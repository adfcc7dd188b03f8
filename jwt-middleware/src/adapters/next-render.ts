import { headers } from 'next/headers.js'
import { LatchkeyError } from '../contract/errors.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import { defaultLogger } from '../contract/log.ts'
import type { AuthRequest } from '../http/request.ts'
import { readSignOutOptions, type SignOutOptions } from '../options.ts'
import type { AuthenticatedUser, User } from '../users/user.ts'
import type { Check } from './guard-set.ts'
import { setAllCookies } from './next-cookies.ts'
import { navigation } from './next-navigation.ts'
import type { NextOptions, SharedAuth } from './next-registry.ts'
import { asHtmx, asPageView, renderRequest } from './next-requests.ts'

/** Authentication while a page is rendered, and in a server action. */
export interface Rendering {
  /** The current request, for links. */
  request(): Promise<AuthRequest>
  getUser(): Promise<User>
  /** The user, if they pass the check. Otherwise it throws what Next turns into a redirect or a page. */
  require(check: Check): Promise<AuthenticatedUser>
  /** Signs out in a server action, and redirects. */
  endSession(options?: SignOutOptions): Promise<never>
}

export function createRendering(shared: SharedAuth, { log = defaultLogger }: NextOptions): Rendering {
  const warn = createLimitedLog(log)

  /** Verifies the cookies of the request itself: that it came through the proxy proves nothing. */
  function userOf(of: object, request: AuthRequest): Promise<User> {
    const { core, users } = shared.open()
    const known = users.get(of)
    if (known) return known
    const found = core.authenticate(request).then(({ user }) => user)
    users.set(of, found)
    return found
  }

  /** Next has a page for 403 only if an experimental setting is on. */
  async function forbid(): Promise<never> {
    const { forbidden, notFound, unstable_rethrow } = await navigation()
    try {
      forbidden()
    } catch (error) {
      unstable_rethrow(error)
    }
    warn(
      { event: 'user_refused', cause: 'no_forbidden_page', setting: 'experimental.authInterrupts' },
      'a signed-in user without permission got 404: in next.config, authInterrupts makes it 403',
    )
    return notFound()
  }

  return {
    request: async () => renderRequest(await headers()),
    async getUser() {
      const own = await headers()
      return userOf(own, renderRequest(own))
    },
    async require(check) {
      const own = await headers()
      const request = renderRequest(own)
      const user = await userOf(own, request)
      const { core } = shared.open()
      const view = asPageView(request)
      const refusal = await check(core, view, user, () => {})
      if (refusal === null) return user as AuthenticatedUser
      if (refusal.status === 403) return forbid()
      if (refusal.status === 503) throw unavailable('The sign-in can’t be checked at the moment')
      // A URL that is too long for a header is in the body: a shorter one leads to the page without its query.
      const { redirect } = await navigation()
      return redirect(
        refusal.headers.get('location') ?? core.links.signIn(view, view.target.split('?', 1)[0]),
      )
    },
    async endSession(given = {}) {
      const { next } = readSignOutOptions(given)
      const own = await headers()
      const { core, users } = shared.open()
      const view = asPageView(renderRequest(own))
      const answer = await core.signOut(asHtmx({ ...view, method: 'POST' }), next)
      if (answer.status === 403) return forbid()
      if (answer.status === 503) throw unavailable('You could not be signed out, and are still signed in')
      users.delete(own)
      await setAllCookies(answer.headers.getSetCookie())
      // Where only the auth service sees the refresh cookie, its own page asks.
      const { redirect } = await navigation()
      return redirect(answer.headers.get('hx-redirect') ?? core.links.signOut(view, next))
    },
  }
}

const unavailable = (what: string) =>
  new LatchkeyError(
    'auth_unavailable',
    `${what}: the auth service does not answer. Try again in a few seconds.`,
  )
