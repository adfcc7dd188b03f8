import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { assetUrl } from '../http/assets.ts'

interface LayoutProps {
  readonly title: string
  /** Room for lists, or in full for tables; forms are narrow. */
  readonly wide?: boolean | 'full'
  /** What stands at the end of the top bar. */
  readonly nav?: Child
}

/** The frame of every page. */
export const Layout = ({ title, wide = false, nav, children }: PropsWithChildren<LayoutProps>) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{title} · Latchkey</title>
      <link rel="icon" type="image/svg+xml" href={assetUrl('icon.svg')} />
      <link rel="stylesheet" href={assetUrl('theme.css')} />
    </head>
    <body>
      <header class="bar">
        <a class="brand" href="/">
          <KeyMark />
          Latchkey
        </a>
        {nav}
      </header>
      <main class={wide === 'full' ? 'full' : wide ? 'wide' : 'narrow'}>{children}</main>
    </body>
  </html>
)

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
  const markup = html`<!doctype html>${content}`
  return c.html(markup instanceof Promise ? markup : markup.toString(), status)
}
