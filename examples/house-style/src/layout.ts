import type { AuthenticatedUser, User } from '@latchkey/jwt-middleware'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Assets } from './assets.ts'
import type { Link } from './house.tsx'
import { keptOut } from './kept-out.ts'
import { nameOf } from './name.ts'

export interface Frame {
  readonly product: string
  readonly title: string
  readonly wide: boolean
  readonly assets: Assets
  /** Whether the page runs the app's script. */
  readonly live: boolean
  readonly links: readonly Link[]
  readonly user: User | undefined
  /** Called only if a user is signed in. */
  readonly signIn: () => string
  readonly account: string
  /** Seconds until the page loads again by itself. */
  readonly reloadsAfter: number | null
  /** The bar of the demo. */
  readonly tour: ReturnType<typeof html> | undefined
}

/** The layout of every page. A template, not JSX: it is rendered for each request, at a tenth of the cost. */
export const layout = (frame: Frame, content: Child) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${frame.title === frame.product ? frame.title : `${frame.title} · ${frame.product}`}</title>
    ${frame.reloadsAfter !== null && html`<meta http-equiv="refresh" content="${frame.reloadsAfter}">`}
    <link rel="icon" type="image/svg+xml" href="${frame.assets.icon}">
    <link rel="stylesheet" href="${frame.assets.style}">
    ${frame.live && html`<script type="module" src="${frame.assets.script}"></script>`}
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/"><img src="${frame.assets.icon}" alt="" width="34" height="34">${frame.product}</a>
      ${frame.links.length > 0 && places(frame)}
      ${frame.user && !isUnchecked(frame.user) && account(frame, frame.user)}
    </header>
    <main class="${frame.wide ? 'broad' : 'wide'}">${content}</main>
    ${frame.tour}
  </body>
</html>`

/** They may be signed in, and the login page would not answer. */
const isUnchecked = (user: User): boolean => !user.isAuthenticated && user.reason === 'unavailable'

const places = ({ product, links }: Frame) =>
  html`<nav class="places" aria-label="${product}">${links.map(({ href, label }) => html`<a href="${href}">${label}</a>`)}</nav>`

const account = (frame: Frame, user: User) => html`<nav aria-label="Account">
  ${user.isAuthenticated && person(user, frame.account)}
  ${user.isAuthenticated || keptOut(user) ? SIGN_OUT_FORM : signInLink(frame.signIn())}
</nav>`

const SIGN_OUT_FORM = html`<form method="post" action="/sign-out">
    <button class="button quiet small">Sign out</button>
  </form>`

const signInLink = (href: string) => html`<a class="button quiet small" href="${href}">Sign in</a>`

const person = (user: AuthenticatedUser, href: string) =>
  html`<a class="person clamp" href="${href}" title="Your account: ${user.email}">${nameOf(user) || user.email}</a>`
