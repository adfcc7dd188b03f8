import type { User } from '../../../users/users.ts'
import { PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'

interface ConfirmationProps {
  readonly user: User
  /** Whether a link can be emailed. */
  readonly mails: boolean
}

/** Helps a user with an unconfirmed address. */
export const UserEmailCard = ({ user, mails }: ConfirmationProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="confirmation">
      <h2 id="confirmation">{t('Unconfirmed address')}</h2>
      <p class="muted">
        {t(
          mails
            ? 'Send a link so that this person can confirm {email}. If you know that the address is theirs, mark it as confirmed.'
            : 'This service sends no email: set SMTP_URL to send a link for confirming {email}. If you know that the address is theirs, mark it as confirmed.',
          { email: user.email },
        )}
      </p>
      <div class="spread">
        {mails && user.isActive && (
          <PostForm action={`/admin/people/${user.uuid}/mail-confirmation`}>
            <input type="hidden" name="email" value={user.email} />
            <button class="button quiet" type="submit">
              {t('Send the link again')}
            </button>
          </PostForm>
        )}
        <PostForm action={`/admin/people/${user.uuid}/confirm-email`}>
          {/* What was looked at is confirmed, and no address that it was changed to meanwhile. */}
          <input type="hidden" name="email" value={user.email} />
          <button class="button quiet" type="submit">
            {t('Mark as confirmed')}
          </button>
        </PostForm>
      </div>
    </section>
  )
}
