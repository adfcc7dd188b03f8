import { MAX_LOCATION_LENGTH, SHORTENED } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { languageDetector } from 'hono/language'
import { createHostCookie } from '../../platform/client/host-cookies.ts'
import { ENGLISH, LANGUAGES } from '../../platform/i18n/languages.ts'
import { timeZoneOf } from '../../platform/i18n/time-zone.ts'
import { continuePage } from '../components/continue-page.tsx'
import { languageCookie } from './accept-language.ts'
import type { Theme } from './theme.ts'

/** What all pages share. */
export interface PageContext {
  readonly look: Theme
  /** Makes the tokens of forms: see submission.ts. */
  readonly forms: { token(c: Context): string }
  readonly authUrl: string
}

declare module 'hono' {
  interface ContextVariableMap {
    /** Absent from the requests of programs. */
    pages?: PageContext
    /**
     * Path of the page of this request, for the language switch: the response to a form has no URL of its own, or
     * another one, and `Referer` omits tokens (`originAsReferrer`). Few responses need it, so it can be made when they
     * do.
     */
    returnPath?: string | (() => string)
  }
}

const nothing = async () => {}

/**
 * Adds to `c.var.device` the language of pages, which is the one chosen here, else the browser's, else English; and the
 * browser's time zone, if its script has sent it.
 */
export function addLanguage({ https }: { readonly https: boolean }): MiddlewareHandler {
  // The script local-time.js sets it.
  const zoneCookie = createHostCookie('time-zone', https).name
  const detectLanguage = languageDetector({
    order: ['cookie', 'header'],
    lookupCookie: languageCookie(https).name,
    supportedLanguages: LANGUAGES.map(({ code }) => code),
    fallbackLanguage: ENGLISH.code,
    caches: false,
  })
  return async (c, next) => {
    await detectLanguage(c, nothing)
    const { device } = c.var
    const zone = device.cookies.get(zoneCookie)?.[0]
    const timeZone = zone === undefined ? undefined : (timeZoneOf(zone) ?? undefined)
    c.set('device', { ...device, language: c.get('language'), timeZone })
    await next()
  }
}

/**
 * Provides the context to the pages of a request, which browsers open at AUTH_URL alone (`openHere`). A redirect that
 * proxies might reject, because its URL is too long for a header, becomes a page; and so does one to a URL that the app
 * had to shorten, to tell the user.
 */
export function providePages(pages: PageContext, openHere: MiddlewareHandler): MiddlewareHandler {
  return async (c, next) => {
    const { method } = c.req
    c.set('pages', pages)
    const elsewhere = await (method === 'GET' || method === 'HEAD' ? openHere(c, next) : next())
    if (elsewhere instanceof Response) c.res = elsewhere
    const href = c.res.headers.get('location')
    if (href === null) return
    const isShortened = method === 'GET' && (c.req.queries('notice') ?? []).includes(SHORTENED)
    if (href.length > MAX_LOCATION_LENGTH || isShortened) await continuePage(c, href, isShortened)
  }
}
