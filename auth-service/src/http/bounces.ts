import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { MAX_SAME_NAME, readCookies, serializeCookie } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'

export interface BouncesOptions {
  readonly secretKey: string
  /** Whether the auth service is reached over https; on http browsers refuse `__Host-` cookies. */
  readonly https: boolean
  /** Lifetime of an access token, in seconds: what comes back later than that was not refused, but has ended. */
  readonly accessTtl: number
  /** The clock, in ms. */
  readonly now: () => number
}

/** How often a browser was sent to an app as signed in, lately; it is back all the same. */
export interface Bounces {
  /** Remembers that the browser is sent to this page as signed in. */
  add(c: Context, page: string): void
  /** Whether it was sent there before. */
  isBack(c: Context, page: string): boolean
  /** Whether it goes round in circles. */
  isLoop(c: Context, page: string): boolean
  forget(c: Context): void
}

/** How long a bounce counts, in seconds. */
const WINDOW = 20
/** Sent to one page that often in vain, a browser is not sent there again. */
const SAME_PAGE = 2
/**
 * Or to pages of one app: some apps give each visit an address of its own. More, since a browser that restores its tabs
 * asks for many pages of an app at once; and less than makes browsers give up, which is after 20 redirects.
 */
const SAME_APP = 5

const VERSION = 1

/** Digests of the app's origin and of the page, which keep the cookie short, and the moment in seconds. */
type Bounce = readonly [app: string, page: string, at: number]

/**
 * Counts in a signed cookie, which lives no longer than the bounces count. What is not signed by us counts for nothing.
 */
export function createBounces({ secretKey, https, accessTtl, now }: BouncesOptions): Bounces {
  const name = https ? '__Host-bounces' : 'bounces'
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey bounces v${VERSION}`, 32))
  const window = Math.min(WINDOW, accessTtl)
  const seconds = () => Math.floor(now() / 1000)

  const sign = (text: string) => createHmac('sha256', key).update(text).digest()

  function open(value: string): Bounce[] {
    const [text = '', seal = ''] = value.split('.', 2)
    const given = Buffer.from(seal, 'base64url')
    const expected = sign(text)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return []
    const bounces = JSON.parse(Buffer.from(text, 'base64url').toString()) as Bounce[]
    return bounces.filter(([, , at]) => at > seconds() - window)
  }

  function read(c: Context): Bounce[] {
    const values = readCookies(c.req.header('cookie') ?? '', name).slice(0, MAX_SAME_NAME)
    return values.map(open).find((bounces) => bounces.length > 0) ?? []
  }

  const set = (c: Context, value: string, maxAge: number) =>
    c.header('Set-Cookie', serializeCookie(name, value, { secure: https, maxAge }), { append: true })

  const toPage = (c: Context, page: string) => read(c).filter((bounce) => bounce[1] === digest(page)).length
  const toApp = (c: Context, page: string) =>
    read(c).filter((bounce) => bounce[0] === digest(new URL(page).origin)).length

  return {
    add(c, page) {
      const bounce: Bounce = [digest(new URL(page).origin), digest(page), seconds()]
      const bounces = [...read(c), bounce].slice(-SAME_APP)
      const text = Buffer.from(JSON.stringify(bounces)).toString('base64url')
      set(c, `${text}.${sign(text).toString('base64url')}`, WINDOW)
    },
    isBack: (c, page) => toPage(c, page) > 0,
    isLoop: (c, page) => toPage(c, page) >= SAME_PAGE || toApp(c, page) >= SAME_APP,
    forget(c) {
      if (readCookies(c.req.header('cookie') ?? '', name).length > 0) set(c, '', 0)
    },
  }
}

/** Of an address without its fragment, which may get lost on a later way. */
const digest = (address: string): string =>
  createHash('sha256')
    .update(address.split('#', 1)[0] as string)
    .digest('base64url')
    .slice(0, 12)
