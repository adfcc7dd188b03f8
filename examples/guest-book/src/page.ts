import { nameOf, when } from '@latchkey/house-style'
import type { User } from '@latchkey/jwt-middleware'
import { html } from 'hono/html'
import type { Entry } from './guest-book.ts'

export interface BookPage {
  readonly user: User
  readonly entries: readonly Entry[]
  readonly signInUrl: string
  /** The rejected input. */
  readonly text?: string
  readonly error?: string
}

export const bookPage = ({ user, entries, signInUrl, text, error }: BookPage) => html`<section class="card">
  <h1>Guest book</h1>
  ${
    user.isAuthenticated
      ? html`<p class="lead">Hello, ${nameOf(user) || user.email}. This site is not under the domain of the others: you came in by OpenID Connect.</p>
  <form method="post" action="/entries" novalidate>
    <div class="field">
      <label for="text">Your line</label>
      <input id="text" name="text" value="${text ?? ''}" required ${error ? html`aria-invalid="true" aria-describedby="text-error"` : ''}>
      ${error && html`<p class="error" id="text-error">${error}</p>`}
    </div>
    <button class="button" type="submit">Write</button>
  </form>`
      : html`<p class="lead">Everyone can read. Sign in to write.</p>
  <p><a class="button" href="${signInUrl}">Sign in and write</a></p>`
  }
</section>
${
  entries.length === 0
    ? html`<p class="muted empty">Nothing is written here yet.</p>`
    : html`<ol class="entries" aria-label="Entries, newest first">${entries.map((entry) => card(entry, user))}</ol>`
}`

const card = (entry: Entry, user: User) => html`<li class="card">
  <p class="text" id="entry-${entry.id}">${entry.text}</p>
  <div class="spread muted small">
    <span>${nameOf(entry) || 'A guest'}, ${when(entry.createdAt)}</span>
    ${
      user.isAuthenticated &&
      user.id === entry.userId &&
      html`<form method="post" action="/entries/${entry.id}/delete">
      <button class="button quiet small" type="submit" aria-describedby="entry-${entry.id}">Delete</button>
    </form>`
    }
  </div>
</li>`
