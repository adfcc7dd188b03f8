import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createAssets } from '@latchkey/house-style'
import type { Database } from 'better-sqlite3'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { csrf } from 'hono/csrf'
import { secureHeaders } from 'hono/secure-headers'
import { createIdentityProvider } from './family.ts'
import { counter, frame, problem, welcome } from './page.ts'
import { createServiceProvider } from './service-provider.ts'
import { createSignIns } from './sign-ins.ts'
import { soapAnswer } from './soap-answer.ts'

export interface SupplierOptions {
  readonly db: Database
  /** This app's public origin, and its entity ID. */
  readonly ownUrl: string
  /** The login page of the auth service, whose origin has its metadata. */
  readonly loginUrl: string
  /** With which this app signs, as PEM. Default: the files in `SAML_KEY_FILE` and `SAML_CERTIFICATE_FILE`. */
  readonly keys?: Keys
  /** The clock, in ms. Default: `Date.now`. */
  readonly now?: () => number
  /** How the metadata is fetched. Default: Node's, which also finds `*.localhost`. */
  readonly fetch?: typeof globalThis.fetch
}

interface Keys {
  readonly privateKey: string
  readonly certificate: string
}

const COOKIE = 'supplier.session'
const MAX_BODY = 256 * 1024

/** A supplier's site on another domain: a service provider of SAML. */
export function createApp(options: SupplierOptions): Hono {
  const { db, ownUrl, loginUrl, keys = readKeys(process.env), now = Date.now, fetch } = options
  const idp = createIdentityProvider(loginUrl, now, fetch)
  const signIns = createSignIns(db, now)
  const provider = createServiceProvider({ ownUrl, idp, signIns, ...keys, now })
  const assets = createAssets(new URL('../assets/', import.meta.url))
  const secure = ownUrl.startsWith('https:')
  const cookie = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const

  const show = (
    c: Context,
    title: string,
    content: Parameters<typeof frame>[2],
    status: 200 | 400 | 404 | 502 = 200,
  ) => c.html(frame(assets, title, content), status)

  /** A message of the family that does not count. Its reason is for the log: anyone can send one. */
  function refuse(c: Context, error: unknown) {
    console.error(`Supplier: ${c.req.path} refused a message: ${(error as Error).message}`)
    const title = 'This sign-in or sign-out did not work'
    return show(c, title, problem(title, 'The message is no longer valid. Please try again.'), 400)
  }

  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        // Browsers apply it also to redirects after a form.
        formAction: ["'self'", new URL(loginUrl).origin],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    }),
  )
  app.use(bodyLimit({ maxSize: MAX_BODY }))
  app.route('/', assets.files)
  app.use(async (c, next) => {
    await next()
    c.header('cache-control', 'private, no-store')
  })
  app.notFound((c) => show(c, 'Page not found', problem('Page not found', 'There is no page here.'), 404))

  app.get('/', (c) => {
    const visitor = signIns.find(getCookie(c, COOKIE) ?? '')
    if (visitor) return show(c, 'Supplier', counter(visitor))
    const notice = c.req.query('notice') === 'signed_out' ? 'You have signed out.' : null
    return show(c, 'Supplier', welcome(notice))
  })

  app.get('/sign-in', async (c) => c.redirect(await provider.signInUrl(), 303))

  // A form of the family's site, which brings no cookies of this one. It may have begun there, too.
  app.post('/saml/acs', async (c) => {
    try {
      const { SAMLResponse } = await c.req.parseBody()
      const { visitor, until } = await provider.receive(String(SAMLResponse))
      const maxAge = Math.max(1, until - Math.floor(now() / 1000))
      setCookie(c, COOKIE, signIns.begin(visitor, until), { ...cookie, maxAge })
      return c.redirect('/', 303)
    } catch (error) {
      return refuse(c, error)
    }
  })

  app.post('/sign-out', csrf(), async (c) => {
    const visitor = signIns.end(getCookie(c, COOKIE) ?? '')
    deleteCookie(c, COOKIE, cookie)
    return c.redirect(visitor ? await provider.signOutUrl(visitor) : '/', 303)
  })

  app.get('/saml/slo', async (c) => {
    try {
      const request = await provider.receiveLogout(new URL(c.req.url).search.slice(1))
      if (request === null) return c.redirect('/?notice=signed_out', 303)
      const ended = signIns.endNamed(request.nameId, request.sessionIndexes)
      deleteCookie(c, COOKIE, cookie)
      // One that was told before, or has expired, is signed out as well.
      console.log(`Supplier: the family ended ${ended} sign-ins.`)
      return c.redirect(await request.answer(c.req.query('RelayState') ?? '', true), 303)
    } catch (error) {
      return refuse(c, error)
    }
  })

  // Without a browser: sign-outs everywhere, and by administrators.
  app.post('/saml/soap', async (c) => {
    try {
      const request = await provider.receiveSoap(await c.req.text())
      const ended = signIns.endNamed(request.nameId, request.sessionIndexes)
      console.log(`Supplier: the family ended ${ended} sign-ins.`)
      const xml = soapAnswer(ownUrl, `_${randomUUID()}`, request.id, new Date(now()))
      return c.body(xml, 200, { 'content-type': 'text/xml; charset=utf-8' })
    } catch (error) {
      return refuse(c, error)
    }
  })

  app.get('/saml/metadata', (c) =>
    c.body(provider.metadata(), 200, { 'content-type': 'application/samlmetadata+xml' }),
  )

  return app
}

/** @throws Error that names the settings */
function readKeys({ SAML_KEY_FILE, SAML_CERTIFICATE_FILE }: NodeJS.ProcessEnv): Keys {
  if (!SAML_KEY_FILE || !SAML_CERTIFICATE_FILE) {
    throw new Error(
      'SAML_KEY_FILE and SAML_CERTIFICATE_FILE are not set. Set them to the files of this app’s own key.',
    )
  }
  return {
    privateKey: readFileSync(SAML_KEY_FILE, 'utf8'),
    certificate: readFileSync(SAML_CERTIFICATE_FILE, 'utf8'),
  }
}
