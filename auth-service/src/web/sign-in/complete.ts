import type { Context } from 'hono'
import type { Service } from '../../service.ts'
import type { SignedIn } from '../../tokens/sessions/sessions.ts'
import type { User } from '../../users/users.ts'
import { userJson } from '../forms/user-json.ts'
import { rememberDevice } from '../middleware/device-cookie.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { setCookies } from '../middleware/set-cookies.ts'
import { leadsToAccount } from './leads-to-account.ts'
import type { RedirectLoop, RedirectLoops } from './redirect-loop.ts'
import type { Notice, ReturnUrl, ReturnUrls } from './return-url.ts'

/** What signing in and registering have in common: how one gets in. */
export interface SignIn {
  /**
   * Sends people on who are signed in already, with fresh cookies. A browser with tokens of two people loses them
   * first: an app that believes none of them would send it back here, on and on. People whom an app sends back for
   * other reasons are told why, instead of being sent there again.
   */
  passThrough(c: Context, next: ReturnUrl): Promise<Passing>
  /**
   * Sets the cookies and sends the person on, or tells a program who that was. Sessions that the browser came with
   * end: nothing could renew or end them from there again.
   */
  completeSignIn(c: Context, signedIn: SignedIn, next: ReturnUrl, answer: Answer): Promise<Response>
  /** Who is signed in here, compared with the person whom a page is for. They go on so, with fresh cookies. */
  resume(c: Context, person: User): Promise<Resumed>
  /** Who is signed in here, with fresh cookies; `null` for nobody. */
  current(c: Context): Promise<User | null>
  /** Whether somebody signed in here just now and is back without a cookie of that. */
  hasLostCookies(c: Context, next: ReturnUrl): boolean
}

/** Who is signed in where a mailed link is opened. */
export interface Resumed {
  /**
   * Whether it is the person of the link, by all cookies of the session: those of the family alone can be planted by a
   * sibling host.
   */
  readonly isOwner: boolean
  /** Somebody else, who is signed in here. */
  readonly other: User | null
}

/** Where a browser stands that comes to the login page: `null` where nobody is signed in. */
export type Passing =
  | { readonly to: Response }
  /** Signed in at the apps; the page that the browser wants to see asks for the password as well. */
  | { readonly again: User }
  | null

/** How to tell somebody that they are signed in. */
export interface Answer {
  readonly json: boolean
  readonly status: 200 | 201
  /** What the account page tells who lands there. */
  readonly notice?: Notice
  /** Their account was going to be deleted, and is not any more: they are told that before they go on. */
  readonly deletionCancelled?: boolean | undefined
  /** The password that their account had is void: they are told that first, too. */
  readonly passwordDropped?: boolean | undefined
}

/** The page for those whom an app keeps sending back. */
export type ShowRedirectLoop = (
  c: Context,
  next: ReturnUrl,
  loop: RedirectLoop,
) => Response | Promise<Response>

/** Where people land who want to go nowhere in particular. */
export const HOME = '/account'

interface SignInParts {
  readonly returnUrls: ReturnUrls
  readonly redirectLoops: RedirectLoops
  readonly showLoop: ShowRedirectLoop
}

export function createSignIn(
  service: Pick<Service, 'config' | 'knownDevices' | 'sessions'>,
  { returnUrls, redirectLoops, showLoop }: SignInParts,
): SignIn {
  const { sessions } = service

  /** The session of this browser. Without fresh cookies, a browser that kept those before would be taken for a thief. */
  async function renewed(c: Context): Promise<SignedIn | null> {
    const found = await sessions.renewFrom(c.req.header('cookie'), deviceOf(c))
    if (!found.ok) return null
    setCookies(c, found.value.cookies)
    return found.value
  }

  return {
    async passThrough(c, next) {
      const header = c.req.header('cookie')
      if (await sessions.areTangled(header)) {
        noteRefusal(c, 'tangled_cookies')
        setCookies(c, sessions.clearTangledCookies(header))
        return null
      }
      const renewed = await sessions.renewFrom(header, deviceOf(c))
      if (!renewed.ok) return null
      setCookies(c, renewed.value.cookies)
      const loop = await redirectLoops.spot(c, next)
      if (loop) return { to: await showLoop(c, next, loop) }
      // The page would only send the browser back to here.
      if (!renewed.value.hasSecret && leadsToAccount(next)) return { again: renewed.value.user }
      return { to: c.redirect(returnUrls.landing(next, HOME), 303) }
    },
    async completeSignIn(c, signedIn, next, answer) {
      const { json, status, notice, deletionCancelled = false, passwordDropped = false } = answer
      const header = c.req.header('cookie')
      await sessions.endFrom(header, deviceOf(c), 'session_replaced')
      setCookies(c, [...sessions.clearLeftoverCookies(header), ...signedIn.cookies])
      await rememberDevice(c, service, signedIn.user.email)
      const landing = returnUrls.landing(next, HOME, ...(notice ? [notice] : []))
      const first: Notice[] = [
        ...(deletionCancelled ? ['deletion_cancelled' as const] : []),
        ...(passwordDropped ? ['password_dropped' as const] : []),
      ]
      if (!json && first.length > 0) return c.redirect(returnUrls.ours(HOME, ...first), 303)
      if (!json) {
        redirectLoops.send(c, next)
        return c.redirect(landing, 303)
      }
      const news = Object.fromEntries(first.map((name) => [name, true]))
      return c.json({ ...userJson(signedIn.user), next: landing, ...news }, status)
    },
    async resume(c, person) {
      const here = await renewed(c)
      if (here?.user.id !== person.id) return { isOwner: false, other: here?.user ?? null }
      // It is known by the address, which may be another one now.
      await rememberDevice(c, service, person.email)
      return { isOwner: here.hasSecret, other: null }
    },
    current: async (c) => (await renewed(c))?.user ?? null,
    hasLostCookies: redirectLoops.hasLostCookies,
  }
}
