import type { Context } from 'hono'
import { parseEmail } from '../../platform/validation/email-address.ts'
import type { Service } from '../../service.ts'
import type { SignedIn } from '../../tokens/sessions/sessions.ts'
import type { User } from '../../users/users.ts'
import { userJson } from '../forms/user-json.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { setCookies } from '../middleware/set-cookies.ts'
import { leadsToAccount } from './leads-to-account.ts'
import { createProveForApp } from './prove-for-app.ts'
import type { RedirectLoop, RedirectLoops } from './redirect-loop.ts'
import type { Notice, ReturnUrl, ReturnUrls } from './return-url.ts'

/** The common end of signing in and registering. */
export interface SignIn {
  /**
   * Redirects users who are already signed in, with fresh cookies. A browser with tokens of two users loses them first:
   * an app that rejects them would send it back here forever. Users whom an app returns for other reasons see the
   * reason, instead of another redirect.
   */
  passThrough(c: Context, next: ReturnUrl): Promise<Passing>
  /**
   * Sets the cookies and redirects the user, or returns the user to a program. Ends the browser's earlier sessions,
   * which nothing could renew or end from there again.
   */
  completeSignIn(c: Context, signedIn: SignedIn, next: ReturnUrl, answer: Answer): Promise<Response>
  /** The user signed in here, compared with a page's user. They stay signed in, with fresh cookies. */
  resume(c: Context, user: User): Promise<Resumed>
  /** The user signed in here, with fresh cookies; `null` for none. */
  current(c: Context): Promise<User | null>
  /** Whether a user signed in here just now and returned without a cookie. */
  hasLostCookies(c: Context, next: ReturnUrl): boolean
}

/** The user signed in where an emailed link is opened. */
export interface Resumed {
  /** Whether it is the link's user, by all cookies of the session: a sibling host can plant the family's. */
  readonly isOwner: boolean
  /** Another user, who is signed in here. */
  readonly other: User | null
}

/** The state of a browser on the login page: `null` if not signed in. */
export type Passing =
  | { readonly to: Response }
  /** Signed in at the apps; the requested page also asks for the password. */
  | { readonly again: User }
  | null

/** How to tell users that they are signed in. */
export interface Answer {
  readonly json: boolean
  readonly status: 200 | 201
  /** The notices on the account page after a sign-in. */
  readonly notice?: Notice
  /** The sign-in cancelled the account's deletion, which the user is told first. */
  readonly deletionCancelled?: boolean | undefined
  /** The account's password is void, which the user is told first, too. */
  readonly passwordInvalidated?: boolean | undefined
}

/** The page for users whom an app keeps returning. */
export type ShowRedirectLoop = (
  c: Context,
  next: ReturnUrl,
  loop: RedirectLoop,
) => Response | Promise<Response>

/** The target without a return URL. */
export const HOME = '/account'

interface SignInParts {
  readonly returnUrls: ReturnUrls
  readonly redirectLoops: RedirectLoops
  readonly showLoop: ShowRedirectLoop
}

export function createSignIn(
  service: Pick<Service, 'knownDevices' | 'oidc' | 'saml' | 'sessions'>,
  { returnUrls, redirectLoops, showLoop }: SignInParts,
): SignIn {
  const { sessions, knownDevices } = service
  const proveForApp = createProveForApp(service)

  /**
   * The session of this browser. Without fresh cookies, a browser with the previous ones would later look like a thief.
   */
  async function renewed(c: Context): Promise<SignedIn | null> {
    const device = c.var.device
    const found = await sessions.renewFrom(device.cookies, device)
    if (!found.ok) return null
    setCookies(c, found.value.cookies)
    return found.value
  }

  return {
    async passThrough(c, next) {
      const device = c.var.device
      const { cookies } = device
      if (await sessions.areTangled(cookies)) {
        noteRefusal(c, 'tangled_cookies')
        setCookies(c, sessions.clearTangledCookies(cookies))
        return null
      }
      const renewed = await sessions.renewFrom(cookies, device)
      if (!renewed.ok) return null
      setCookies(c, renewed.value.cookies)
      const loop = await redirectLoops.spot(c, next)
      if (loop) return { to: await showLoop(c, next, loop) }
      // The page would only redirect the browser back here.
      if (!renewed.value.hasSecret && leadsToAccount(next)) return { again: renewed.value.user }
      return { to: c.redirect(returnUrls.landing(next, HOME), 303) }
    },
    async completeSignIn(c, signedIn, next, answer) {
      const { json, status, notice, deletionCancelled = false, passwordInvalidated = false } = answer
      const device = c.var.device
      const { cookies } = device
      await sessions.endFrom(cookies, device, 'session_replaced')
      const leftovers = sessions.clearLeftoverCookies(cookies)
      const { user, session } = signedIn
      const known = await knownDevices.remember(parseEmail(user.email), cookies, session.createdAt)
      setCookies(c, [...leftovers, ...signedIn.cookies, known])
      if (next.href !== null) await proveForApp(next, session.id)
      const landing = returnUrls.landing(next, HOME, ...(notice ? [notice] : []))
      const first: Notice[] = [
        ...(deletionCancelled ? ['deletion_cancelled' as const] : []),
        ...(passwordInvalidated ? ['password_dropped' as const] : []),
      ]
      if (!json && first.length > 0) return c.redirect(returnUrls.ours(HOME, ...first), 303)
      if (!json) {
        if (next.href !== null) redirectLoops.send(c, next)
        return c.redirect(landing, 303)
      }
      const news = Object.fromEntries(first.map((name) => [name, true]))
      return c.json({ ...userJson(user), next: landing, ...news }, status)
    },
    async resume(c, user) {
      const here = await renewed(c)
      if (here?.user.id !== user.id) return { isOwner: false, other: here?.user ?? null }
      // The device cookie belongs to the address, which may have changed.
      setCookies(c, [await knownDevices.remember(parseEmail(user.email), c.var.device.cookies)])
      return { isOwner: here.hasSecret, other: null }
    },
    current: async (c) => (await renewed(c))?.user ?? null,
    hasLostCookies: redirectLoops.hasLostCookies,
  }
}
