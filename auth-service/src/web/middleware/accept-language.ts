import type { Context, MiddlewareHandler } from 'hono'
import { languageDetector } from 'hono/language'
import { createHostCookie } from '../../platform/crypto/host-cookie.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { ENGLISH, LANGUAGES, languageOfReader } from '../../platform/i18n/languages.ts'
import { timeZoneOf } from '../../platform/i18n/time-zone.ts'
import { keptForm } from '../forms/carried-form.ts'
import { addCookies } from './set-cookies.ts'

/** What the form needs that has a page come in another language. */
export interface Switch {
  /** Path to come back to, where the browser's `Referer` will not tell, or tells another. */
  readonly from: string | null
  /** A form that the page keeps: see carried-form.ts. */
  readonly kept: string | null
}

/** For how long a browser keeps what was chosen, in seconds: as long as any browser keeps a cookie. */
const KEPT = 400 * 86_400

const languageCookie = (https: boolean) => createHostCookie('language', https)

/**
 * Finds out which language to answer in: the one that was chosen here, else the browser's, else English; and in which
 * time zone: the browser's, if its script has told it, else UTC.
 */
export function acceptLanguage(config: {
  readonly authUrl: string
  readonly https: boolean
}): MiddlewareHandler {
  // The script local-time.js sets it.
  const zoneCookie = createHostCookie('time-zone', config.https)
  const detect = languageDetector({
    order: ['cookie', 'header'],
    lookupCookie: languageCookie(config.https).name,
    supportedLanguages: LANGUAGES.map(({ code }) => code),
    fallbackLanguage: ENGLISH.code,
    caches: false,
  })
  return (c, next) => {
    const [zone] = zoneCookie.values(c.req.header('cookie'))
    c.set(TIME_ZONE, timeZoneOf(zone) ?? undefined)
    c.set(SWITCH, (): Switch => ({ from: returnPath(c, config.authUrl), kept: keptForm(c) }))
    return detect(c, next)
  }
}

const SWITCH = 'languageSwitch'
const TIME_ZONE = 'timeZone'

/** The language of a request, with times in its zone; English and UTC where it did not come past `languages`. */
export const languageFor = (c: Context): Language =>
  languageOfReader({ language: c.get('language'), timeZone: timeZoneFor(c) })

/** Name of the time zone that the browser has told; `undefined` where it has told none that exists. */
export const timeZoneFor = (c: Context): string | undefined => c.get(TIME_ZONE)

/** What the switch on the answer to a request needs; `null` where that did not come past `languages`. */
export const switchFor = (c: Context): Switch | null => c.get(SWITCH)?.() ?? null

/** Has the browser come in this language from now on. */
export function rememberLanguage(c: Context, { code }: Language, https: boolean): void {
  addCookies(c, [languageCookie(https).set(code, KEPT)])
}

/** A path of ours as an absolute URL; the start page for anything else. */
export function ownAddress(path: unknown, authUrl: string): string {
  const given = typeof path === 'string' && URL.canParse(path, authUrl) ? new URL(path, authUrl) : null
  const isOurs = given?.origin === authUrl && given.protocol !== 'blob:'
  return isOurs ? authUrl + given.pathname + given.search : `${authUrl}/`
}

const RETURN = 'returnPath'

/**
 * Says at which path of ours the page is that a request leads to, with all that it needs: what a form answers is found
 * nowhere, or at another address, and `Referer` keeps quiet about tokens (`originAsReferrer`).
 */
export const returningTo = (c: Context, path: string): void => c.set(RETURN, path)

/** What the page said (`returningTo`); else, after a form, the page which the form stood on. */
function returnPath(c: Context, authUrl: string): string | null {
  const told: unknown = c.get(RETURN)
  if (typeof told === 'string') return told
  if (c.req.method === 'GET') return null
  const before = new URL(ownAddress(c.req.header('referer'), authUrl))
  return before.pathname === '/' ? c.req.path : before.pathname + before.search
}
