import type { createAssets } from '@latchkey/house-style'
import { html } from 'hono/html'
import type { Visitor } from './sign-ins.ts'

type Html = ReturnType<typeof html>

/** The frame of every page. This site is a stranger's: it shares a style with the family, and nothing else. */
export const frame = (
  { icon, style }: ReturnType<typeof createAssets>,
  title: string,
  content: Html,
) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title === 'Supplier' ? title : `${title} · Supplier`}</title>
    <link rel="icon" type="image/svg+xml" href="${icon}">
    <link rel="stylesheet" href="${style}">
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/"><img src="${icon}" alt="" width="34" height="34">Supplier</a>
    </header>
    <main class="wide">${content}</main>
  </body>
</html>`

export const welcome = (notice: string | null) => html`<section class="card">
  <h1>Supplier</h1>
  ${notice && html`<p role="status">${notice}</p>`}
  <p class="lead">Customers can order here. Sign in with the account of your other apps.</p>
  <p><a class="button" href="/sign-in">Sign in</a></p>
</section>`

export const counter = ({ name, email, groups, nameId }: Visitor) => html`<section class="card">
  <h1>Hello, ${name || email}</h1>
  <p class="lead">This site is on another domain. You signed in by SAML, and this is what it learned about you.</p>
  <dl class="facts">
    <dt>Email</dt><dd>${email}</dd>
    <dt>Groups</dt><dd>${groups.length > 0 ? groups.join(', ') : 'none'}</dd>
    <dt>NameID</dt><dd>${nameId}</dd>
  </dl>
  <form method="post" action="/sign-out">
    <button class="button quiet" type="submit">Sign out everywhere</button>
  </form>
</section>`

export const problem = (title: string, detail: string) => html`<section class="card narrow">
  <h1>${title}</h1>
  <p>${detail}</p>
  <p><a href="/">Go to the first page</a></p>
</section>`
