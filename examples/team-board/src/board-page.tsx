import { keptOut, nameOf } from '@latchkey/house-style'
import type { User } from '@latchkey/jwt-middleware'
import type { Card, Columns } from './board.ts'
import type { Person } from './people.ts'
import { COLUMNS, type Column } from './schema.ts'

/** The rejected input, and the reason. */
interface FieldError {
  readonly text: string
  readonly problem: string
}

export interface BoardErrors {
  readonly title?: FieldError
  readonly status?: FieldError
}

interface BoardPageProps {
  readonly user: User
  readonly columns: Columns
  readonly team: readonly Person[]
  readonly errors: BoardErrors
  readonly signInUrl: string
}

const TITLES: Record<Column, string> = { todo: 'To do', doing: 'Doing', done: 'Done' }

export const BoardPage = ({ user, columns, team, errors, signInUrl }: BoardPageProps) => (
  <>
    <div class="spread">
      <h1>What we are working on</h1>
      {!user.isAuthenticated && <p class="muted">{invitation(user)}</p>}
    </div>
    {user.isAuthenticated && (
      <div class="notice" id="signed-out" role="alert" hidden>
        <p>
          Signed out. <a href={signInUrl}>Sign in</a> to go on.
        </p>
      </div>
    )}
    {user.can('cards.write') && (
      <TextForm action="/cards" name="title" label="New card" button="Add card" error={errors.title} />
    )}
    <div class="board">
      {COLUMNS.map((column) => (
        <section class="column" aria-labelledby={column}>
          <h2 id={column}>
            {TITLES[column]} <span class="count">{columns[column].length}</span>
          </h2>
          {columns[column].length === 0 ? (
            <p class="muted small">No cards.</p>
          ) : (
            <ol>
              {columns[column].map((card) => (
                <CardItem card={card} movable={user.can('cards.write')} />
              ))}
            </ol>
          )}
        </section>
      ))}
    </div>
    <section class="card" aria-labelledby="team">
      <h2 id="team">The team</h2>
      {team.length === 0 ? (
        <p class="muted">No one has signed in yet. Everyone who signs in joins the team.</p>
      ) : (
        <ul class="team">
          {team.map((person) => (
            <Member person={person} isYou={user.isAuthenticated && user.id === person.id} />
          ))}
        </ul>
      )}
      {user.isAuthenticated && (
        <TextForm
          action="/status"
          name="status"
          label="What are you up to?"
          button="Tell the team"
          value={team.find(({ id }) => id === user.id)?.status}
          error={errors.status}
        />
      )}
    </section>
  </>
)

const invitation = (user: User): string =>
  keptOut(user) ? 'You can read this board, but not change it.' : 'Sign in to add cards and move them.'

const CardItem = ({ card, movable }: { card: Card; movable: boolean }) => {
  const at = COLUMNS.indexOf(card.column)
  return (
    <li class="ticket">
      <p id={`card-${card.id}`}>{card.title}</p>
      {card.author && <p class="muted small">{nameOf(card.author) || 'Someone'}</p>}
      {movable && (
        <form class="moves" method="post" action={`/cards/${card.id}/move`}>
          <Move card={card} to={COLUMNS[at - 1]} />
          <Move card={card} to={COLUMNS[at + 1]} on />
        </form>
      )}
    </li>
  )
}

interface MoveProps {
  readonly card: Card
  /** The neighbouring column, if there is one on that side. */
  readonly to: Column | undefined
  readonly on?: boolean
}

const Move = ({ card, to, on = false }: MoveProps) =>
  to === undefined ? null : (
    <button
      class={on ? 'move on' : 'move'}
      type="submit"
      name="column"
      value={to}
      aria-label={`Move “${card.title}” to ${TITLES[to]}`}
    >
      {on ? `${TITLES[to]} →` : `← ${TITLES[to]}`}
    </button>
  )

const Member = ({ person, isYou }: { person: Person; isYou: boolean }) => (
  <li>
    <span class="initials" aria-hidden="true">
      {initials(person)}
    </span>
    <div>
      <p>
        <strong>{nameOf(person) || 'Someone'}</strong> {isYou && <span class="badge">You</span>}
      </p>
      {person.status && <p class="muted small">{person.status}</p>}
    </div>
  </li>
)

/** The first letter of each name, by grapheme. */
function initials({ firstName, lastName }: Person): string {
  const letters = [firstName, lastName].map((name) => [...segmenter.segment(name)][0]?.segment ?? '')
  return letters.join('').toUpperCase() || '?'
}

const segmenter = new Intl.Segmenter('en')

interface TextFormProps {
  readonly action: string
  readonly name: string
  readonly label: string
  readonly button: string
  readonly value?: string | undefined
  readonly error?: FieldError | undefined
}

const TextForm = ({ action, name, label, button, value, error }: TextFormProps) => (
  <form class="oneline" method="post" action={action} novalidate>
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={error?.text ?? value}
        autocomplete="off"
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={error ? `${name}-error` : undefined}
      />
      {error && (
        <p class="error" id={`${name}-error`}>
          {error.problem}
        </p>
      )}
    </div>
    <button class="button" type="submit">
      {button}
    </button>
  </form>
)
