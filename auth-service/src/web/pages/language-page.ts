import { Hono } from 'hono'
import { languageInput } from '../../platform/i18n/language-input.ts'
import { languageOrEnglish } from '../../platform/i18n/languages.ts'
import { readInput } from '../../platform/validation/input.ts'
import { invalid, refuse } from '../components/error-page.tsx'
import { ownAddress, rememberLanguage } from '../middleware/accept-language.ts'
import { noStore } from '../middleware/security-headers.ts'
import { addCookies } from '../middleware/set-cookies.ts'
import type { Web } from '../web.ts'

/**
 * `POST /language`: the language switch of every page, which returns there. A signed-in user also gets emails in that
 * language.
 */
export function languagePage({ config, formCarrier, forms, limits, sessions, users }: Web): Hono {
  return new Hono().use('/language', noStore).post('/language', async (c) => {
    const { fields, refused, json } = await forms.readHarmless(c)
    if (refused) return refuse(c, refused)
    const read = readInput(languageInput, fields)
    if (!read.ok) return invalid('invalid_fields', read.errors)
    const language = languageOrEnglish(read.value.language)
    let kept: string | undefined
    const device = c.var.device
    const signedIn = await sessions.renewFrom(c.var.device.cookies, device)
    if (signedIn.ok) {
      const { user, cookies } = signedIn.value
      await limits.consumeChange('language', user.uuid)
      await users.noteLanguage(user.id, language.code, device.timeZone)
      kept = formCarrier.open(user, fields.sealed)?.path
      addCookies(c, cookies)
    }
    rememberLanguage(c, language, config.https)
    // Shows the page that keeps a form again, with the form.
    if (kept !== undefined && !json) return c.redirect(config.authUrl + kept, 307)
    return json
      ? c.body(null, 204)
      : c.redirect(ownAddress(fields.from ?? c.req.header('referer'), config.authUrl), 303)
  })
}
