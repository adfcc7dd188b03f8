import { nameOf, when } from '@latchkey/house-style'
import type { AuthenticatedUser } from '@latchkey/jwt-middleware'
import type { Person } from './people.ts'

interface StaffPageProps {
  readonly user: AuthenticatedUser
  readonly people: readonly Person[]
}

export const StaffPage = ({ user, people }: StaffPageProps) => (
  <>
    <div class="heading">
      <h1>People this board knows</h1>
      <p class="muted">
        Their names and rights come from the auth service. Disabling a person here blocks them from this board
        only.
      </p>
    </div>
    <div class="card">
      <ul class="rows">
        {people.map((person) => (
          <PersonRow person={person} isYou={person.id === user.id} />
        ))}
      </ul>
    </div>
  </>
)

const PersonRow = ({ person, isYou }: { person: Person; isYou: boolean }) => {
  const name = nameOf(person) || 'Someone'
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> {person.isSuperuser && <span class="badge">Superuser</span>}{' '}
          {person.isStaff && <span class="badge">Staff</span>} {isYou && <span class="badge">You</span>}{' '}
          {!person.isActive && <span class="badge off">Disabled</span>}
        </p>
        <p class="muted">{person.email}</p>
        <p class="muted small">Here since {when(person.createdAt)}</p>
      </div>
      {!isYou && (
        <form method="post" action={`/staff/people/${person.id}/active`}>
          <button
            class="button quiet small"
            type="submit"
            name="active"
            value={person.isActive ? 'no' : 'yes'}
            aria-label={`${person.isActive ? 'Disable' : 'Enable'} ${name}`}
          >
            {person.isActive ? 'Disable' : 'Enable'}
          </button>
        </form>
      )}
    </li>
  )
}
