import type { Context } from 'hono'
import { message } from '../../platform/i18n/message.ts'
import type { Notice } from '../sign-in/return-url.ts'
import { type Parts, useRichTranslation } from './translate.tsx'

const TEXTS: Record<Notice, string> = {
  next_refused: message('We could not continue to the requested address, because it is not one of ours.'),
  address_shortened: message(
    'The address you came from is too long. You will return to its page without the last part of the address. Open your link again afterwards.',
  ),
  signed_out: message('You are signed out.'),
  session_ended: message('That device is signed out.'),
  others_ended: message('All other devices are signed out.'),
  app_withdrawn: message('That app no longer has access to your data, and you are signed out there.'),
  deletion_requested: message(
    'You are signed out everywhere. Your account will be deleted on the date in our email. Sign in before then to keep it.',
  ),
  deletion_cancelled: message('Your account was going to be deleted. You signed in, so we kept it.'),
  all_ended: message('You are signed out everywhere.'),
  tokens_go_on: message(
    'Scripts and devices with your API tokens still have access. <tokens>Check your API tokens.</tokens>',
  ),
  confirmation_mailed: message('We have sent you a new link. Open it to confirm your email address.'),
  email_confirmed: message('Your email address is confirmed.'),
  email_change_mailed: message('We have sent a link to your new address. Open it to change the address.'),
  email_changed: message('Your email address is changed.'),
  names_changed: message('Your name is changed.'),
  password_changed: message('Your password is changed. All other devices are signed out.'),
  password_reset: message(
    'Your password is changed. You are signed out everywhere. Sign in with the new password.',
  ),
  password_dropped: message(
    'Your email address is confirmed. Until now, anyone could have created this account in your name. For your safety, its old password no longer works and all its sessions have ended. Choose a new password below.',
  ),
  tangled: message(
    'This browser had several sign-ins for the same apps. We cleared them. Please sign in once more.',
  ),
}

const LINKS: Parts = { tokens: (words) => <a href="/account/tokens">{words}</a> }

interface NoticesProps {
  readonly c: Context
  /** The notice of this request. */
  readonly also?: Notice | undefined
}

/** The notice of the last step, by the query's `notice`; unknown ones are ignored. */
export const Notices = ({ c, also }: NoticesProps) => {
  const rich = useRichTranslation()
  return (
    <>
      {[...new Set([...(c.req.queries('notice') ?? []), also])]
        .filter((name): name is Notice => name !== undefined && Object.hasOwn(TEXTS, name))
        .map((name) => (
          <p class="notice" role="status">
            {rich(TEXTS[name], LINKS)}
          </p>
        ))}
    </>
  )
}
