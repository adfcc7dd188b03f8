import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { unixTime } from '../../platform/clock.ts'
import { createHostCookie } from '../../platform/crypto/host-cookie.ts'
import { createSignatures } from '../../platform/crypto/signatures.ts'
import { addCookies } from '../middleware/set-cookies.ts'

export interface RedirectCounterOptions {
  readonly secretKey: string
  /** Whether the auth service is reached over https; on http browsers refuse `__Host-` cookies. */
  readonly https: boolean
  /** Lifetime of an access token, in seconds: what comes back later than that was not refused, but has ended. */
  readonly accessTtl: number
  /** The clock, in ms. */
  readonly now: () => number
}

/** How often a browser was sent to an app as signed in, lately; it is back all the same. */
export interface RedirectCounter {
  /** Remembers that the browser is sent to this page as signed in; `isTold` where an app has just said why it refused it. */
  add(c: Context, page: string, isTold?: boolean): void
  /** Whether it was sent there before. */
  isBack(c: Context, page: string): boolean
  /** Whether it goes round in circles; `isTold` where an app has just said why it refused it. */
  isLoop(c: Context, page: string, isTold?: boolean): boolean
  forget(c: Context): void
}

/** How long a redirect counts, in seconds. */
const WINDOW = 20
/** Refused by an app that often on the way to one page, a browser is not sent there again. */
const SAME_PAGE = 2
/**
 * Or, where no app said a word, sent to pages of one app: some give each visit an address of its own. More, since who
 * opens a bookmark of the login page, or a browser that restores its tabs, comes back as well without having been
 * refused; and less than makes browsers give up, which is after 20 redirects.
 */
const SAME_APP = 5

/** Digests of the app's origin and of the page, which keep the cookie short, the moment in seconds, and whether told. */
type Redirect = readonly [app: string, page: string, at: number, isTold: 0 | 1]

/**
 * Counts in a signed cookie, which lives no longer than the redirects count. What is not signed by us counts for nothing.
 */
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
      .values(c.req.header('cookie'))
      .map(open)
      .find((redirects) => redirects.length > 0) ?? []

  const toPage = (c: Context, page: string) => read(c).filter((redirect) => redirect[1] === digest(page))
  /** How often it was sent there in vain, where an app has just refused it: a refusal follows each of these redirects. */
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
      if (cookie.values(c.req.header('cookie')).length > 0) addCookies(c, [cookie.clear()])
    },
  }
}

/** Of an address without its fragment, which may get lost on a later way. */
const digest = (address: string): string =>
  createHash('sha256')
    .update(address.split('#', 1)[0] as string)
    .digest('base64url')
    .slice(0, 12)
