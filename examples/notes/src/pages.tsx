import { nameOf, When } from '@latchkey/house-style'
import type { User } from '@latchkey/jwt-middleware'
import type { Note, NotesPage as Page } from './notes.ts'

export const Landing = ({ user, count }: { user: User; count: number }) => (
  <section class="card welcome">
    {user.isAuthenticated ? (
      <>
        <h1>Welcome back{nameOf(user) && `, ${user.firstName || user.lastName}`}</h1>
        <p class="lead">{summary(count)}</p>
        <p>
          <a class="button" href="/notes">
            {count === 0 ? 'Write your first note' : 'Open your notes'}
          </a>
        </p>
      </>
    ) : (
      <>
        <h1>A quiet place for what you want to remember</h1>
        <p class="lead">Write it down, find it again. What you write is shown to nobody but you.</p>
        <p>
          <a class="button" href="/notes">
            Sign in and write
          </a>
        </p>
      </>
    )}
  </section>
)

const summary = (count: number): string => {
  if (count === 0) return 'You have no notes yet.'
  return count === 1 ? 'You have one note here.' : `You have ${count} notes here.`
}

interface NotesPageProps extends Page {
  /** What was sent and could not be saved. */
  readonly text?: string
  readonly error?: string
}

export const NotesPage = ({ notes, before, text, error }: NotesPageProps) => (
  <>
    <h1>Your notes</h1>
    <form class="card compose" method="post" action="/notes" novalidate>
      <div class="field">
        <label for="text">New note</label>
        <textarea
          id="text"
          name="text"
          required
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={error ? 'text-error' : undefined}
        >
          {/* The first line end inside the element is dropped (HTML, section 13.2.6.4.7). */}
          {`\n${text ?? ''}`}
        </textarea>
        {error && (
          <p class="error" id="text-error">
            {error}
          </p>
        )}
      </div>
      <button class="button" type="submit">
        Add note
      </button>
    </form>
    {notes.length === 0 ? (
      <p class="muted empty">No notes yet. The first one will stand here.</p>
    ) : (
      <ol class="notes" aria-label="Your notes, newest first">
        {notes.map((note) => (
          <NoteCard note={note} />
        ))}
      </ol>
    )}
    {before !== null && (
      <p>
        <a href={`/notes?before=${before}`}>Older notes</a>
      </p>
    )}
  </>
)

const NoteCard = ({ note }: { note: Note }) => (
  <li class="card note">
    <p class="text" id={`note-${note.id}`}>
      {note.text}
    </p>
    <div class="spread muted small">
      <When at={note.createdAt} />
      <form method="post" action={`/notes/${note.id}/delete`}>
        <button class="plain" type="submit" aria-describedby={`note-${note.id}`}>
          Delete
        </button>
      </form>
    </div>
  </li>
)
