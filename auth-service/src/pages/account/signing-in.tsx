import type { User } from '../../users.ts'
import { PostForm } from '../form.tsx'

interface SigningInProps {
  readonly person: User
  /** Where the address waits to be changed to. */
  readonly pendingEmail: string | null
}

/** What somebody signs in with, and how to change it. */
export const SigningIn = ({ person, pendingEmail }: SigningInProps) => (
  <section class="card" aria-labelledby="signing-in">
    <h2 id="signing-in">How you sign in</h2>
    <ul class="rows">
      <li>
        <div>
          <p>
            <strong>E-mail</strong> {person.emailVerifiedAt !== null && <span class="badge">Confirmed</span>}
          </p>
          <p>{person.email}</p>
          {pendingEmail !== null && (
            <p class="muted small">
              Changes to {pendingEmail} as soon as you open the link that we have mailed there.
            </p>
          )}
        </div>
        <a class="button quiet small" href="/account/email">
          Change e-mail
        </a>
      </li>
      <li>
        <div>
          <p>
            <strong>Password</strong>
          </p>
          <p class="muted small">Changing it signs out all other devices.</p>
        </div>
        <a class="button quiet small" href="/account/password">
          Change password
        </a>
      </li>
    </ul>
  </section>
)

interface UnconfirmedProps {
  readonly person: User
  readonly csrf: string
}

/** Asks people to confirm their address, where they have not. */
export const Unconfirmed = ({ person, csrf }: UnconfirmedProps) =>
  person.emailVerifiedAt === null ? (
    <section class="notice spread" aria-label="Confirm your e-mail address">
      <p>
        Please confirm that {person.email} is your address: open the link that we have mailed there. Without,
        we can’t help you if you forget your password.
      </p>
      <PostForm action="/account/verify-email" csrf={csrf}>
        <button class="button quiet small" type="submit">
          Mail it again
        </button>
      </PostForm>
    </section>
  ) : null
