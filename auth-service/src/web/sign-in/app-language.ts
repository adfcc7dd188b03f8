import type { Context } from 'hono'
import { LANGUAGES } from '../../platform/i18n/languages.ts'
import { languageCookie } from '../middleware/accept-language.ts'
import { addCookies } from '../middleware/set-cookies.ts'

/**
 * Shows this and the next pages in the first of these languages that we speak (`ui_locales`, BCP 47), until the browser
 * is closed. A language that the user chose here stays.
 */
export function speakAsApp(c: Context, locales: readonly string[], https: boolean): void {
  const cookie = languageCookie(https)
  if (cookie.values(c.var.device.cookies).length > 0) return
  const codes = locales.map((locale) => locale.toLowerCase().split('-', 1)[0])
  const code = codes.find((one) => LANGUAGES.some((language) => language.code === one))
  if (code === undefined) return
  c.set('language', code)
  addCookies(c, [cookie.set(code)])
}
