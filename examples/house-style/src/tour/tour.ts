import { timingSafeEqual } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { readCookies } from '@latchkey/jwt-middleware'
import { type AuthMiddleware, loginRequired } from '@latchkey/jwt-middleware/hono'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { readForm } from '../form.ts'
import { tourBar } from './tour-bar.ts'
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
}

type Environment = Readonly<Record<string, string | undefined>>

/** The control that `npm run demo` started, if it did; never in production. */
export function readTourControl({ DEMO_CONTROL_URL, DEMO_CONTROL_KEY, NODE_ENV }: Environment) {
  if (!DEMO_CONTROL_URL || !DEMO_CONTROL_KEY || NODE_ENV === 'production') return undefined
  return { url: DEMO_CONTROL_URL, key: DEMO_CONTROL_KEY }
}

const AUTHENTICATED_IN = 'tourAuthenticatedIn'
/** How long to wait for the feed after a change, in ms. */
const PATIENCE = 3_000
/** The access cookie over http, and the domain of the demo. */
const ACCESS_COOKIE = 'jwt.access'

export function createTour(control: TourControl, web: AuthMiddleware, ownUrl: string): Tour {
  const domain = new URL(ownUrl).hostname.replace(/^[^.]+\./, '')
  /** When the feed went on after the demo asked to watch it. */
  let heard: Promise<number | null> = Promise.resolve(null)

  async function watch(after: number): Promise<number | null> {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await setTimeout(1)) {
      if (web.status().feed.lastId !== after) return Date.now()
    }
    return null
  }

  const isControl = (c: Context): boolean => {
    const [given, key] = [c.req.header(KEY_HEADER) ?? '', control.key].map((text) => Buffer.from(text))
    return given?.length === key?.length && timingSafeEqual(given as Buffer, key as Buffer)
  }

  async function ask(action: Action, uuid: string): Promise<Report> {
    const failed = { action, ok: false, heard: [] }
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
        heard = watch(web.status().feed.lastId)
        return c.body(null, 204)
      })
      app.post('/tour/heard', async (c) => (isControl(c) ? c.json({ at: await heard }) : c.notFound()))
    },

    async timed(c, next) {
      const start = performance.now()
      return web(c, () => {
        c.set(AUTHENTICATED_IN as never, (performance.now() - start) as never)
        return next()
      })
    },

    act(app) {
      app.post('/tour', loginRequired(), async (c) => {
        const action = (await readForm(c)).text('action')
        if (!isAction(action)) return c.notFound()
        const report: Report =
          action === 'end_token' ? { action, ok: true, heard: [] } : await ask(action, c.var.user.uuid)
        if (action === 'end_token') setCookie(c, ACCESS_COOKIE, '', { domain, path: '/', maxAge: 0 })
        setCookie(c, REPORT_COOKIE, writeReport(report), { path: '/', maxAge: REPORT_AGE, httpOnly: true })
        return c.redirect(action === 'end_all' ? '/' : pageOf(c, ownUrl), 303)
      })
    },

    bar(c) {
      return tourBar({
        language: languageOf(c.req.header('accept-language')),
        // Missing if a request is rejected before auth().
        user: c.get('user'),
        tokenLeft: secondsLeft(readCookies(c.req.header('cookie') ?? '', ACCESS_COOKIE)[0]),
        feed: web.status().feed.state,
        report: readReport(getCookie(c, REPORT_COOKIE)),
        authenticatedIn: Number(c.get(AUTHENTICATED_IN as never) ?? 0),
      })
    },
  }
}

/** The page of ours that sent the form. */
function pageOf(c: Context, ownUrl: string): string {
  const from = URL.parse(c.req.header('referer') ?? '')
  return from?.origin === ownUrl ? from.pathname + from.search : '/'
}

/** How long a token lives, unverified: `auth()` has verified it. */
function secondsLeft(token: string | undefined): number | null {
  if (token === undefined) return null
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return Number.isSafeInteger(exp) ? exp - Math.floor(Date.now() / 1000) : null
  } catch {
    return null
  }
}
