import type { Context } from 'hono'
import { createHostCookie } from '../../platform/client/host-cookies.ts'
import type { Language } from '../../platform/i18n/language.ts'
import { languageOfReader } from '../../platform/i18n/languages.ts'
import { keptForm } from '../forms/carried-form.ts'
import { addCookies } from './set-cookies.ts'

/** The hidden fields of the language switch. */
export interface Switch {
  /** Path to return to, if the browser's `Referer` is missing or wrong. */
  readonly from: string | null
  /** A form that the page keeps: see carried-form.ts. */
  readonly kept: string | null
}

/** The cookie with the language that was chosen here. */
export const languageCookie = (https: boolean) => createHostCookie('language', https)

/** How long a browser keeps the choice, in seconds: the maximum for cookies. */
const KEPT = 400 * 86_400

/** The language of a request, with times in its zone; English and UTC for requests that `addLanguage` did not handle. */
export const languageFor = (c: Context): Language =>
  languageOfReader({ language: c.get('language'), timeZone: timeZoneFor(c) })

/** The browser's time zone; `undefined` if it sent none that exists. */
export const timeZoneFor = (c: Context): string | undefined => c.var.device.timeZone

/** The fields of the language switch; `null` for the requests of programs. */
export function switchFor(c: Context): Switch | null {
  const pages = c.get('pages')
  return pages ? { from: returnPath(c, pages.authUrl), kept: keptForm(c) } : null
}

/** Makes this the browser's language from now on. */
export function rememberLanguage(c: Context, { code }: Language, https: boolean): void {
  addCookies(c, [languageCookie(https).set(code, KEPT)])
}

/** A path of ours as an absolute URL; the start page for anything else. */
export function ownAddress(path: unknown, authUrl: string): string {
  const given = typeof path === 'string' && URL.canParse(path, authUrl) ? new URL(path, authUrl) : null
  const isOurs = given?.origin === authUrl && given.protocol !== 'blob:'
  return isOurs ? authUrl + given.pathname + given.search : `${authUrl}/`
}

/** The page's own value; after a form, otherwise the form's page. */
function returnPath(c: Context, authUrl: string): string | null {
  const given = c.get('returnPath')
  if (given !== undefined) return typeof given === 'function' ? given() : given
  if (c.req.method === 'GET') return null
  const before = new URL(ownAddress(c.req.header('referer'), authUrl))
  return before.pathname === '/' ? c.req.path : before.pathname + before.search
}
