import { timingSafeEqual } from 'node:crypto'
import { readCookies, type User } from '@latchkey/jwt-middleware'
import { type AuthMiddleware, type AuthOptions, loginRequired } from '@latchkey/jwt-middleware/hono'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { readForm } from '../form.ts'
import { createFeedWatches } from './feed-watch.ts'
import { isSignedOut, tourBar } from './tour-bar.ts'
import {
  type Action,
  isAction,
  isReport,
  REPORT_AGE,
  REPORT_COOKIE,
  type Report,
  readReport,
  writeReport,
} from './tour-report.ts'
import { languageOf } from './tour-words.ts'

/** Where the demo does what the buttons ask for, and the key that it wants. */
export interface TourControl {
  readonly url: string
  readonly key: string
}

/** The header with the key, between the demo and its apps. */
export const KEY_HEADER = 'x-demo-key'

/** The bar at the foot of each page, which shows what the apps notice and how fast. */
export interface Tour {
  /** Mounts what the demo asks this app; before `auth()`. */
  listen(app: Hono): void
  /** The middleware, which notes how long it took. */
  timed: MiddlewareHandler
  /** Mounts what the buttons do; behind `auth()`. */
  act(app: Hono): void
  bar(c: Context): ReturnType<typeof tourBar>
  /** Seconds until a page loads again by itself, since it waits for the auth service; `null` for all others. */
  reloadsAfter(c: Context): number | null
}

/**
 * The buttons show when each app heard of a change, so both follow the feed before anyone opens them, as apps do that
 * delete the data of deleted users.
 */
export const FOLLOW_FROM_START: AuthOptions = { onUserDeleted() {} }

type Environment = Readonly<Record<string, string | undefined>>

/** The control that `npm run demo` started, if it did; never in production. */
export function readTourControl({ DEMO_CONTROL_URL, DEMO_CONTROL_KEY, NODE_ENV }: Environment) {
  if (!DEMO_CONTROL_URL || !DEMO_CONTROL_KEY || NODE_ENV === 'production') return undefined
  return { url: DEMO_CONTROL_URL, key: DEMO_CONTROL_KEY }
}

const AUTHENTICATED_IN = 'tourAuthenticatedIn'
/** Seconds between two attempts of a waiting page: sooner than `Retry-After`, since the pause is short. */
const RELOAD = 2
/** The access cookie over http, and the domain of the demo. */
const ACCESS_COOKIE = 'jwt.access'

export function createTour(control: TourControl, web: AuthMiddleware, ownUrl: string): Tour {
  const domain = new URL(ownUrl).hostname.replace(/^[^.]+\./, '')
  const watches = createFeedWatches(() => web.status().feed)

  const isControl = (c: Context): boolean => {
    const [given, key] = [c.req.header(KEY_HEADER) ?? '', control.key].map((text) => Buffer.from(text))
    return given?.length === key?.length && timingSafeEqual(given as Buffer, key as Buffer)
  }

  async function ask(action: Action, uuid: string): Promise<Report> {
    const failed = { action, outcome: 'failed', heard: [] } as const
    try {
      const response = await fetch(control.url, {
        method: 'POST',
        headers: { [KEY_HEADER]: control.key, 'content-type': 'application/json' },
        body: JSON.stringify({ action, uuid }),
      })
      const report: unknown = await response.json()
      return isReport(report) ? report : failed
    } catch (error) {
      console.error(`The demo did not answer: ${(error as Error).message}`)
      return failed
    }
  }

  return {
    listen(app) {
      app.post('/tour/watch', (c) => {
        if (!isControl(c)) return c.notFound()
        watches.start(c.req.query('name') ?? '')
        return c.body(null, 204)
      })
      app.post('/tour/heard', async (c) => {
        if (!isControl(c)) return c.notFound()
        return c.json(await watches.heard(c.req.query('name') ?? '', Number(c.req.query('entry'))))
      })
    },

    async timed(c, next) {
      const start = performance.now()
      return web(c, () => {
        c.set(AUTHENTICATED_IN as never, (performance.now() - start) as never)
        return next()
      })
    },

    act(app) {
      // The second of two clicks on "Sign out everywhere" comes from someone who is signed out.
      app.post('/tour', async (c, next) => {
        const action = (await readForm(c)).text('action')
        if (action !== 'end_all' || !isSignedOut(c.var.user)) return next()
        keep(c, { action, outcome: 'already', heard: [] })
        return c.redirect('/', 303)
      })
      app.post('/tour', loginRequired(), async (c) => {
        const form = await readForm(c)
        const action = form.text('action')
        if (!isAction(action)) return c.notFound()
        if (action === 'end_token') {
          setCookie(c, ACCESS_COOKIE, '', { domain, path: '/', maxAge: 0 })
          keep(c, { action, outcome: 'done', heard: [] })
        } else {
          keep(c, await ask(action, c.var.user.uuid))
        }
        return c.redirect(action === 'end_all' ? '/' : pageHere(form.text('page'), ownUrl), 303)
      })
    },

    reloadsAfter,

    bar(c) {
      const report = readReport(getCookie(c, REPORT_COOKIE))
      // Shown once; the page after a waiting one says how it went.
      if (report && isWaiting(c)) keep(c, report)
      else if (report) deleteCookie(c, REPORT_COOKIE, { path: '/' })
      return tourBar({
        language: languageOf(c.req.header('accept-language')),
        // Missing if a request is rejected before auth().
        user: c.get('user'),
        tokenLeft: secondsLeft(readCookies(c.req.header('cookie') ?? '', ACCESS_COOKIE)[0]),
        feed: web.status().feed.state,
        report,
        reloadsAfter: reloadsAfter(c),
        page: pageOf(c),
        authenticatedIn: Number(c.get(AUTHENTICATED_IN as never) ?? 0),
      })
    },
  }
}

/** Keeps a report for the next page. */
const keep = (c: Context, report: Report): void =>
  setCookie(c, REPORT_COOKIE, writeReport(report), { path: '/', maxAge: REPORT_AGE, httpOnly: true })

/** Whether the user of this request is unknown until the auth service answers. */
function isWaiting(c: Context): boolean {
  // Missing if a request is rejected before auth().
  const user: User | undefined = c.get('user')
  return user?.isAuthenticated === false && user.reason === 'unavailable'
}

/** The answer to a form does not load again: the browser would ask for a page where there is none. */
const reloadsAfter = (c: Context): number | null => (isWaiting(c) && c.req.method === 'GET' ? RELOAD : null)

/** Where a button leads back to: the answer to a form has no address of its own. */
function pageOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  return c.req.method === 'GET' ? pathname + search : '/'
}

/** A page of this app. */
function pageHere(page: string, ownUrl: string): string {
  const url = URL.parse(page, ownUrl)
  // The whole URL, since a path of two slashes would lead to another host.
  return url?.origin === ownUrl ? url.href : '/'
}

/** How many seconds a token is valid for, unverified: `auth()` has verified it. */
function secondsLeft(token: string | undefined): number | null {
  if (token === undefined) return null
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return Number.isSafeInteger(exp) ? exp - Math.floor(Date.now() / 1000) : null
  } catch {
    return null
  }
}
