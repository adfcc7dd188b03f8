import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Message, message } from '../../platform/i18n/message.ts'
import { refusal } from '../components/error-page.tsx'
import { LanguageProvider, useLanguage, useTranslation } from '../components/translate.tsx'
import { languageFor } from '../middleware/accept-language.ts'

/** Why the proxy shows this page instead of its site's. */
export type RefusedReason =
  | 'sign_in'
  | 'input_lost'
  | 'not_allowed'
  | 'cross_origin'
  | 'ambiguous_path'
  | 'not_found'
  | 'unavailable'
  | 'failed'

interface Texts {
  readonly title: string
  readonly detail?: Message
}

const TEXTS: Readonly<Record<RefusedReason, Texts>> = {
  sign_in: { title: message('Please sign in') },
  input_lost: { title: message('Please sign in'), detail: message('Your input was not saved.') },
  not_allowed: {
    title: message('Not allowed'),
    detail: message('You are signed in, but you don’t have permission to open this page.'),
  },
  cross_origin: refusal('cross_origin'),
  ambiguous_path: {
    title: message('Not possible here'),
    detail: message('Programs could read this address in several ways. Check the address.'),
  },
  not_found: refusal('not_found'),
  unavailable: refusal('unavailable'),
  failed: refusal('failed'),
}

export interface RefusedPageOptions {
  readonly reason: RefusedReason
  readonly status: ContentfulStatusCode
  /** The login page with the way back. */
  readonly signInUrl: string | null
  readonly accountUrl: string
}

/** A page that a proxy shows under the address of its site: it loads nothing, and its links are absolute. */
export function refusedPage(c: Context, options: RefusedPageOptions): Response | Promise<Response> {
  const language = languageFor(c)
  c.header('Content-Language', language.code)
  c.header('Cache-Control', 'private, no-store')
  c.header('Vary', 'Accept-Language, Cookie')
  return c.html(
    html`<!doctype html>${(
      <LanguageProvider value={language}>
        <RefusedPage {...options} />
      </LanguageProvider>
    )}`,
    options.status,
  )
}

const RefusedPage = ({ reason, signInUrl, accountUrl }: RefusedPageOptions) => {
  const t = useTranslation()
  const { title, detail } = TEXTS[reason]
  const target = reason === 'sign_in' || reason === 'input_lost' ? signInUrl : null
  return (
    <html lang={useLanguage().code}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{t(title)}</title>
        {target !== null && <meta http-equiv="refresh" content={`0; url=${target}`} />}
      </head>
      <body>
        <main>
          <h1>{t(title)}</h1>
          {detail !== undefined && <p>{t(detail)}</p>}
          <p>
            {target === null ? (
              <a href={accountUrl}>{t('Go to your account')}</a>
            ) : (
              <a href={target}>{t('Sign in')}</a>
            )}
          </p>
        </main>
      </body>
    </html>
  )
}
