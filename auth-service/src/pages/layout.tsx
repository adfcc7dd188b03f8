import type { Context } from 'hono'
import { html } from 'hono/html'
import { type Child, createContext, type PropsWithChildren, useContext } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Look, PLAIN_LOOK } from '../http/look.ts'

interface LayoutProps {
  readonly title: string
  /** Room for lists, or in full for tables; forms are narrow. */
  readonly wide?: boolean | 'full'
  /** What stands at the end of the top bar. */
  readonly nav?: Child
}

const LookContext = createContext<Look>(PLAIN_LOOK)

/** The frame of every page. */
export const Layout = ({ title, wide = false, nav, children }: PropsWithChildren<LayoutProps>) => {
  const { name, icon, logo, styles, links } = useContext(LookContext)
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>
          {title} · {name}
        </title>
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
        {links.length > 0 && (
          <footer class="foot">
            <ul>
              {links.map(({ label, href }) => (
                <li>
                  <a href={href}>{label}</a>
                </li>
              ))}
            </ul>
          </footer>
        )}
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

/** Answers with a page: as a bare string, since anything else takes node-server's slow way, by streams. */
export function page(c: Context, status: ContentfulStatusCode, content: Child) {
  const framed = <LookContext.Provider value={c.get('look') ?? PLAIN_LOOK}>{content}</LookContext.Provider>
  const markup = html`<!doctype html>${framed}`
  return c.html(markup instanceof Promise ? markup : markup.toString(), status)
}
