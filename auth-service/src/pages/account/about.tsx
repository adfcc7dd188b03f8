import type { User } from '../../users.ts'
import { When } from '../when.tsx'

/** Who somebody is. */
export const About = ({ person }: { readonly person: User }) => (
  <section class="card" aria-labelledby="person">
    <div class="spread">
      <h2 id="person">About you</h2>
      <a class="button quiet small" href="/account/names">
        Change your name
      </a>
    </div>
    <dl class="facts">
      <dt>Name</dt>
      <dd>{[person.firstName, person.lastName].filter(Boolean).join(' ') || '—'}</dd>
      <dt>Member since</dt>
      <dd>
        <When at={person.createdAt} />
      </dd>
      <dt>Id</dt>
      <dd>{person.uuid}</dd>
      {(person.isStaff || person.isSuperuser) && (
        <>
          <dt>Role</dt>
          <dd>{person.isSuperuser ? 'Superuser' : 'Staff'}</dd>
        </>
      )}
    </dl>
  </section>
)
