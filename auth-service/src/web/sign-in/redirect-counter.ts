import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { createHostCookie } from '../../platform/client/host-cookies.ts'
import { unixTime } from '../../platform/clock.ts'
import { createSignatures } from '../../platform/crypto/keyed-hash.ts'
import { addCookies } from '../middleware/set-cookies.ts'

export interface RedirectCounterOptions {
  readonly secretKey: string
  /** Whether the auth service uses https; on http browsers reject `__Host-` cookies. */
  readonly https: boolean
  /** Lifetime of an access token, in seconds: a later return means that it expired, not that it was rejected. */
  readonly accessTtl: number
  /** The clock, in ms. */
  readonly now: () => number
}

/** Counts how often a browser was recently redirected to an app as signed in, and returned. */
export interface RedirectCounter {
  /** Records a redirect of a signed-in browser to this page; `isTold` if an app has just said why it rejected it. */
  add(c: Context, page: string, isTold?: boolean): void
  /** Whether it was redirected there before. */
  isBack(c: Context, page: string): boolean
  /** Whether it is in a loop; `isTold` if an app has just said why it rejected it. */
  isLoop(c: Context, page: string, isTold?: boolean): boolean
  forget(c: Context): void
}

/** How long a redirect counts, in seconds. */
const WINDOW = 20
/** After this many rejections by an app on the way to one page, a browser is not redirected there again. */
const SAME_PAGE = 2
/**
 * Or, if no app gave a reason, this many redirects to pages of one app: some give each visit its own URL. More, since a
 * bookmark of the login page or restored tabs also return without a rejection; and fewer than the 20 redirects after
 * which browsers give up.
 */
const SAME_APP = 5

/**
 * Digests of the app's origin and of the page, which keep the cookie short, the time in seconds, and whether a reason
 * was given.
 */
type Redirect = readonly [app: string, page: string, at: number, isTold: 0 | 1]

/** Counts in a signed cookie, which expires with the redirects. Unsigned values are ignored. */
export function createRedirectCounter({
  secretKey,
  https,
  accessTtl,
  now,
}: RedirectCounterOptions): RedirectCounter {
  const cookie = createHostCookie('bounces', https)
  const signatures = createSignatures({ secretKey, secretKeyFallbacks: [] }, 'redirectCounter')
  const window = Math.min(WINDOW, accessTtl)

  function open(value: string): Redirect[] {
    const [text = '', signature = ''] = value.split('.', 2)
    if (!signatures.isValid(text, Buffer.from(signature, 'base64url'))) return []
    const redirects = JSON.parse(Buffer.from(text, 'base64url').toString()) as Redirect[]
    return redirects.filter(([, , at]) => at > unixTime(now) - window)
  }

  const read = (c: Context): Redirect[] =>
    cookie
      .values(c.var.device.cookies)
      .map(open)
      .find((redirects) => redirects.length > 0) ?? []

  const toPage = (c: Context, page: string) => read(c).filter((redirect) => redirect[1] === digest(page))
  /** How many redirects failed, if an app has just rejected the browser: each of these was followed by a rejection. */
  const inVain = ([first, ...later]: readonly Redirect[]) =>
    later.filter((redirect) => redirect[3] === 1).length + (first === undefined ? 0 : 1)
  const toApp = (c: Context, page: string) =>
    read(c).filter((redirect) => redirect[0] === digest(new URL(page).origin)).length

  return {
    add(c, page, isTold = false) {
      const redirect: Redirect = [digest(new URL(page).origin), digest(page), unixTime(now), isTold ? 1 : 0]
      const redirects = [...read(c), redirect].slice(-SAME_APP)
      const text = Buffer.from(JSON.stringify(redirects)).toString('base64url')
      addCookies(c, [cookie.set(`${text}.${signatures.sign(text).toString('base64url')}`, WINDOW)])
    },
    isBack: (c, page) => toPage(c, page).length > 0,
    isLoop: (c, page, isTold = false) =>
      (isTold && inVain(toPage(c, page)) >= SAME_PAGE) || toApp(c, page) >= SAME_APP,
    forget(c) {
      if (cookie.values(c.var.device.cookies).length > 0) addCookies(c, [cookie.clear()])
    },
  }
}

/** Of a URL without its fragment, which may get lost later. */
const digest = (address: string): string =>
  createHash('sha256')
    .update(address.split('#', 1)[0] as string)
    .digest('base64url')
    .slice(0, 12)
