import type { Context } from 'hono'
import type { Notice } from '../http/next.ts'

const TEXTS: Record<Notice, string> = {
  next_refused: 'The address you were to continue to is not one of ours, so we brought you here instead.',
  signed_out: 'You are signed out.',
  session_ended: 'That device is signed out.',
  others_ended: 'All other devices are signed out.',
  deletion_requested:
    'You are signed out everywhere, and your account will be deleted on the day that our mail tells. Sign in before then, and nothing is deleted.',
  deletion_cancelled: 'Your account was going to be deleted. You signed in, so it stays as it was.',
  all_ended: 'You are signed out everywhere.',
  confirmation_mailed: 'We have mailed you another link. Open it to confirm your e-mail address.',
  email_confirmed: 'Your e-mail address is confirmed.',
  email_change_mailed: 'We have mailed a link to your new address. Open it, and the address is changed.',
  email_changed: 'Your e-mail address is changed.',
  names_changed: 'Your name is changed.',
  password_changed: 'Your password is changed, and all other devices are signed out.',
  password_reset: 'Your password is changed, and you are signed out everywhere. Sign in with the new one.',
  tangled:
    'This browser held more than one sign-in for the same apps. We cleared them: please sign in once more.',
}

interface NoticesProps {
  readonly c: Context
  /** What this very step has to tell. */
  readonly also?: Notice | undefined
}

/** What the last step has to tell, by the query's `notice`; unknown ones are passed over. */
export const Notices = ({ c, also }: NoticesProps) => (
  <>
    {[...new Set([...(c.req.queries('notice') ?? []), also])]
      .filter((name): name is Notice => name !== undefined && Object.hasOwn(TEXTS, name))
      .map((name) => (
        <p class="notice" role="status">
          {TEXTS[name]}
        </p>
      ))}
  </>
)
