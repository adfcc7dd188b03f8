import type { User } from '@latchkey/jwt-middleware'
import type { AuthMiddleware } from '@latchkey/jwt-middleware/hono'
import type { Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Child } from 'hono/jsx'
import { secureHeaders } from 'hono/secure-headers'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { createAssets } from './assets.ts'
import { isOutage } from './database.ts'
import { layout } from './layout.ts'
import { REFUSALS, type RefusalName, refusedBy } from './refusals.ts'
import { createTour, type TourControl } from './tour/tour.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Whether the response already is one of this house's pages. */
    isHousePage: boolean
  }
}

export interface Link {
  readonly href: string
  readonly label: string
}

export interface AppUrls {
  /** This app's public origin, `OWN_URL`. */
  readonly ownUrl: string
  /** The family's login page, `LOGIN_URL`. */
  readonly loginUrl: string
}

export interface HouseOptions extends AppUrls {
  /** The app's name, for users. */
  readonly product: string
  /** Folder with the app's `style.css` and `icon.svg`. */
  readonly assets: URL
  /** The app's own links, for this user. */
  readonly links: (user: User) => readonly Link[]
  /** A script in the folder of assets, for live pages. Default: pages run no scripts. */
  readonly script?: string
  readonly web: AuthMiddleware
  /** Adds the tour of the demo to each page. */
  readonly tour?: TourControl | undefined
}

export interface PageOptions {
  readonly title: string
  /** Default: 200. */
  readonly status?: ContentfulStatusCode
  /** Wide enough for columns. */
  readonly wide?: boolean
  /** Runs the app's script. */
  readonly live?: boolean
}

export interface House {
  /** Adds what every app of the family has to the app's routes. Call it first. */
  furnish(app: Hono): void
  /** Mounts `auth()`, and what needs a user in every app: signing out. Call it next. */
  authenticate(app: Hono): void
  page(c: Context, options: PageOptions, content: Child): Response | Promise<Response>
  refuse(c: Context, name: RefusalName): Response | Promise<Response>
}

const MAX_BODY = 64 * 1024
const SIGN_OUT = '/sign-out'

/** The family's layout and behaviour, for one app. */
export function createHouse(options: HouseOptions): House {
  const { product, assets: folder, links, script, web, tour, ...urls } = options
  const assets = createAssets(folder, script)
  const guide = tour && createTour(tour, web, urls.ownUrl)

  function page(
    c: Context,
    { title, status = 200, wide = false, live = false }: PageOptions,
    content: Child,
  ) {
    c.set('isHousePage', true)
    // Missing if a request is rejected before auth().
    const user: User | undefined = c.get('user')
    const frame = {
      product,
      title,
      wide,
      assets,
      live,
      user,
      links: user ? links(user) : [],
      account: web.accountUrl(),
      signIn: () => web.signInUrl(c, c.req.method === 'GET' ? undefined : '/'),
      reloadsAfter: guide?.reloadsAfter(c) ?? null,
      tour: guide?.bar(c),
    }
    // A string: node-server streams anything else, at twice the cost of this whole page.
    const markup = layout(frame, content)
    return c.html(markup instanceof Promise ? markup : markup.toString(), status)
  }

  function refuse(c: Context, name: RefusalName) {
    const { status, title, detail } = REFUSALS[name]
    c.header('cache-control', 'private, no-store')
    if (status === 503) c.header('retry-after', '5')
    return page(
      c,
      { title, status },
      <div class="card narrow">
        <h1>{title}</h1>
        <p>{detail}</p>
        <p>
          <a href="/">Go to {product}</a>
        </p>
      </div>,
    )
  }

  return {
    page,
    refuse,
    furnish(app) {
      app.use(securityHeaders(urls, script !== undefined))
      // The middleware's own rejections, as this house's pages.
      app.use(async (c, next) => {
        await next()
        const name = c.var.isHousePage ? null : refusedBy(c)
        if (name) c.res = await refuse(c, name)
      })
      app.use(bodyLimit({ maxSize: MAX_BODY, onError: (c) => refuse(c, 'too_large') }))
      app.route('/', assets.files)
      app.notFound((c) => refuse(c, 'not_found'))
      app.onError((error, c) => {
        console.error(`${product}: ${c.req.method} ${c.req.path} failed:`, error)
        return refuse(c, isOutage(error) ? 'unavailable' : 'failed')
      })
      guide?.listen(app)
    },
    authenticate(app) {
      app.use(guide?.timed ?? web)
      app.post(SIGN_OUT, web.signOut())
      guide?.act(app)
    },
  }
}

/**
 * No scripts but the app's own, and no framing; forms lead here, or to the login page and back after a session has
 * ended.
 */
function securityHeaders({ ownUrl, loginUrl }: AppUrls, hasScript: boolean) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...(hasScript && { scriptSrc: ["'self'"], connectSrc: ["'self'"] }),
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      // Browsers apply it also to redirects after a form.
      formAction: ["'self'", new URL(loginUrl).origin],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
    // The middleware returns to the page that sent a form.
    referrerPolicy: 'same-origin',
    strictTransportSecurity: ownUrl.startsWith('https:') ? 'max-age=31536000' : false,
    xFrameOptions: 'DENY',
  })
}
