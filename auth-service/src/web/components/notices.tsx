import type { Context } from 'hono'
import { message } from '../../platform/i18n/message.ts'
import type { Notice } from '../sign-in/return-url.ts'
import { useTranslation } from './translate.tsx'

const TEXTS: Record<Notice, string> = {
  next_refused: message(
    'The address you were to continue to is not one of ours, so we brought you here instead.',
  ),
  address_shortened: message(
    'The address you came from is too long to keep. You will come back to its page, but without the rest of the address: open your link again after that.',
  ),
  signed_out: message('You are signed out.'),
  session_ended: message('That device is signed out.'),
  others_ended: message('All other devices are signed out.'),
  deletion_requested: message(
    'You are signed out everywhere, and your account will be deleted once the time is over that we told you. Sign in before then, and nothing is deleted.',
  ),
  deletion_cancelled: message('Your account was going to be deleted. You signed in, so it stays as it was.'),
  all_ended: message('You are signed out everywhere.'),
  confirmation_mailed: message('We have mailed you another link. Open it to confirm your e-mail address.'),
  email_confirmed: message('Your e-mail address is confirmed.'),
  email_change_mailed: message(
    'We have mailed a link to your new address. Open it, and the address is changed.',
  ),
  email_changed: message('Your e-mail address is changed.'),
  names_changed: message('Your name is changed.'),
  password_changed: message('Your password is changed, and all other devices are signed out.'),
  password_reset: message(
    'Your password is changed, and you are signed out everywhere. Sign in with the new one.',
  ),
  password_dropped: message(
    'Your e-mail address is confirmed. Before, anybody could have made this account in your name: so the password that it had is void, and whoever was signed in with it is signed out. You can choose a new one below.',
  ),
  tangled: message(
    'This browser held more than one sign-in for the same apps. We cleared them: please sign in once more.',
  ),
}

interface NoticesProps {
  readonly c: Context
  /** The notice of this request. */
  readonly also?: Notice | undefined
}

/** The notice of the last step, by the query's `notice`; unknown ones are ignored. */
export const Notices = ({ c, also }: NoticesProps) => {
  const t = useTranslation()
  return (
    <>
      {[...new Set([...(c.req.queries('notice') ?? []), also])]
        .filter((name): name is Notice => name !== undefined && Object.hasOwn(TEXTS, name))
        .map((name) => (
          <p class="notice" role="status">
            {t(TEXTS[name])}
          </p>
        ))}
    </>
  )
}
