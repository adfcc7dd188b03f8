import { nameOf, when } from '@latchkey/house-style'
import type { User } from '@latchkey/jwt-middleware'
import { html } from 'hono/html'
import type { Note, NotesPage, NotesStatistics } from './notes.ts'

// Templates, not JSX: the most visited page costs a tenth that way.

export const landing = (user: User, count: number) => html`<section class="card welcome">
  ${
    user.isAuthenticated
      ? html`<h1>Welcome back${nameOf(user) && `, ${user.firstName || user.lastName}`}</h1>
        <p class="lead">${summary(count)}</p>
        <p><a class="button" href="/notes">${count === 0 ? 'Write your first note' : 'Open your notes'}</a></p>
        ${user.can('notes.statistics') && html`<p><a href="/statistics">How much is written here</a></p>`}`
      : html`<h1>A quiet place for what you want to remember</h1>
        <p class="lead">Write it down, find it again. Only you can see what you write.</p>
        <p><a class="button" href="/notes">Sign in and write</a></p>`
  }
</section>`

const summary = (count: number): string => {
  if (count === 0) return 'You have no notes yet.'
  return count === 1 ? 'You have 1 note here.' : `You have ${count} notes here.`
}

export const statisticsPage = ({ notes, people }: NotesStatistics) => html`<section class="card">
  <h1>How much is written here</h1>
  <dl class="facts">
    <dt>Notes</dt><dd>${notes}</dd>
    <dt>People who wrote them</dt><dd>${people}</dd>
  </dl>
</section>`

/** A page of notes, with the rejected input. */
export type NotesPageContent = NotesPage & { readonly text?: string; readonly error?: string }

export const notesPage = ({ notes, before, text, error }: NotesPageContent) => html`<h1>Your notes</h1>
<form class="card compose" method="post" action="/notes" novalidate>
  <div class="field">
    <label for="text">New note</label>
    ${textField(text, error)}
  </div>
  <button class="button" type="submit">Add note</button>
</form>
${
  notes.length === 0
    ? html`<p class="muted empty">No notes yet. Your first note will appear here.</p>`
    : html`<ol class="notes" aria-label="Your notes, newest first">${notes.map(card)}</ol>`
}
${before !== null && html`<p><a href="/notes?before=${before}">Older notes</a></p>`}`

// The first line end inside the element is dropped (HTML, section 13.2.6.4.7).
const textField = (text = '', error?: string) =>
  error
    ? html`<textarea id="text" name="text" required aria-invalid="true" aria-describedby="text-error">
${text}</textarea>
    <p class="error" id="text-error">${error}</p>`
    : html`<textarea id="text" name="text" required>
${text}</textarea>`

const card = ({ id, text, createdAt }: Note) => html`<li class="card note">
  <p class="text" id="note-${id}">${text}</p>
  <div class="spread muted small">
    ${when(createdAt)}
    <form method="post" action="/notes/${id}/delete">
      <button class="plain" type="submit" aria-describedby="note-${id}">Delete</button>
    </form>
  </div>
</li>`
