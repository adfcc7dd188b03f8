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
            ? 'A mailed link lets them show that {email} is theirs. Or vouch for it, if you know that it is.'
            : 'This service sends no mail. Set SMTP_URL, and a mailed link lets them show that {email} is theirs. Or vouch for it, if you know that it is.',
          { email: user.email },
        )}
      </p>
      <div class="spread">
        {mails && user.isActive && (
          <PostForm action={`/admin/people/${user.uuid}/mail-confirmation`}>
            <input type="hidden" name="email" value={user.email} />
            <button class="button quiet" type="submit">
              {t('Mail the link again')}
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
