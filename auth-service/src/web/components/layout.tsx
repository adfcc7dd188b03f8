import type { Context } from 'hono'
import { html } from 'hono/html'
import { type Child, createContext, type PropsWithChildren, useContext } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { csrfTokenFor, signedInHere } from '../forms/submission.ts'
import { languageFor, switchFor, timeZoneFor } from '../middleware/accept-language.ts'
import { assetUrl } from '../middleware/assets.ts'
import { DEFAULT_THEME, type Theme } from '../middleware/theme.ts'
import { FormProvider } from './form.tsx'
import { LanguageSwitch, LanguageSwitchProvider } from './language-switch.tsx'
import { LanguageProvider, useLanguage, useTranslation } from './translate.tsx'

interface LayoutProps {
  readonly title: string
  /** The errors of its form, which the title announces. */
  readonly errors?: object
  /** The width: for lists, or full for tables; forms are narrow. */
  readonly wide?: boolean | 'full'
  /** The URL that the page redirects to at once. */
  readonly refresh?: string | undefined
  /** The end of the top bar. */
  readonly nav?: Child
}

const ThemeContext = createContext<Theme>(DEFAULT_THEME)

/** The layout of every page. */
export const Layout = ({
  title,
  errors = {},
  wide = false,
  refresh,
  nav,
  children,
}: PropsWithChildren<LayoutProps>) => {
  const t = useTranslation()
  const { name, icon, logo, styles, links } = useContext(ThemeContext)
  return (
    <html lang={useLanguage().code}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>
          {Object.keys(errors).length > 0 ? t('Error: {title}', { title }) : title} · {name}
        </title>
        {refresh !== undefined && <meta http-equiv="refresh" content={`0; url=${refresh}`} />}
        <link rel="icon" type={icon.type} href={icon.href} />
        {styles.map((href) => (
          <link rel="stylesheet" href={href} />
        ))}
      </head>
      <body>
        <header class="bar">
          <a class="brand" href="/">
            {logo === null ? <KeyMark /> : <img class="logo" src={logo} alt="" />}
            {name}
          </a>
          {nav}
        </header>
        <main class={wide === 'full' ? 'full' : wide ? 'wide' : 'narrow'}>{children}</main>
        <footer class="foot">
          {links.length > 0 && (
            <ul>
              {links.map(({ label, href }) => (
                <li>
                  <a href={href}>{label}</a>
                </li>
              ))}
            </ul>
          )}
          <LanguageSwitch />
        </footer>
      </body>
    </html>
  )
}

const KeyMark = () => (
  <svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2.2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <circle cx="7.5" cy="12" r="4.5" />
    <path d="M12 12h9.5M21.5 12v4M17 12v3" />
  </svg>
)

/**
 * Responds with a page in the request's language, as a string, since node-server streams anything else, which is
 * slower.
 */
export function page(c: Context, status: ContentfulStatusCode, content: Child) {
  const language = languageFor(c)
  c.header('Content-Language', language.code)
  c.header('Vary', 'Accept-Language, Cookie')
  const framed = (
    <ThemeContext.Provider value={c.get('pages')?.look ?? DEFAULT_THEME}>
      <LanguageProvider value={language}>
        <FormProvider value={{ csrf: () => csrfTokenFor(c), signedInAs: signedInHere(c)?.uuid ?? null }}>
          <LanguageSwitchProvider value={switchFor(c)}>{content}</LanguageSwitchProvider>
        </FormProvider>
      </LanguageProvider>
    </ThemeContext.Provider>
  )
  const markup = html`<!doctype html>${framed}`
  const isZoneKnown = timeZoneFor(c) !== undefined
  return c.html(
    markup instanceof Promise
      ? markup.then((text) => withLocalTimes(`${text}`, isZoneKnown))
      : withLocalTimes(`${markup}`, isZoneKnown),
    status,
  )
}

/**
 * Adds the time zone script to pages with times, and to other pages until the browser has sent its zone, which a
 * sign-in stores for emails.
 */
const withLocalTimes = (markup: string, isZoneKnown: boolean): string =>
  !isZoneKnown || markup.includes('<time ') ? markup.replace('</head>', `${LOCAL_TIME}</head>`) : markup

const LOCAL_TIME = `<script type="module" src="${assetUrl('local-time.js')}"></script>`
