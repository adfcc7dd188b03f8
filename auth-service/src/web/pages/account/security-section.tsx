import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'

interface SecuritySectionProps {
  readonly user: User
  /** The new address that waits for confirmation. */
  readonly pendingEmail: string | null
  /** Whether addresses can be confirmed by email. */
  readonly mails: boolean
}

/** The user's sign-in methods, with links to change them. */
export const SecuritySection = ({ user, pendingEmail, mails }: SecuritySectionProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="signing-in">
      <h2 id="signing-in">{t('How you sign in')}</h2>
      <ul class="rows">
        <li>
          <div>
            <p>
              <strong>{t('Email')}</strong>{' '}
              {user.emailVerifiedAt !== null && <span class="badge">{t('Confirmed')}</span>}
            </p>
            <p>{user.email}</p>
            {pendingEmail !== null && (
              <p class="muted small">
                {t('Changes to {email} when you open the link that we sent there.', {
                  email: pendingEmail,
                })}
              </p>
            )}
            {!mails && <p class="muted small">{t('To change it, ask your administrator.')}</p>}
          </div>
          {mails && (
            <a class="button quiet small" href="/account/email">
              {t('Change email')}
            </a>
          )}
        </li>
        <PasswordRow has={hasPassword(user)} mails={mails} />
      </ul>
    </section>
  )
}

interface PasswordRowProps extends Pick<SecuritySectionProps, 'mails'> {
  readonly has: boolean
}

const PasswordRow = ({ has, mails }: PasswordRowProps) => {
  const t = useTranslation()
  return (
    <li>
      <div>
        <p>
          <strong>{t('Password')}</strong>
        </p>
        <p class="muted small">
          {t(has ? 'Changing it signs out all your other devices.' : 'You have no password.')}
          {!has && !mails && ` ${t('To change it, ask your administrator.')}`}
        </p>
      </div>
      {has && (
        <a class="button quiet small" href="/account/password">
          {t('Change password')}
        </a>
      )}
      {!has && mails && (
        <a class="button quiet small" href="/password/forgot">
          {t('Choose a password')}
        </a>
      )}
    </li>
  )
}

interface UnconfirmedProps {
  readonly user: User
}

/** Asks users to confirm their address, if they have not. */
export const Unconfirmed = ({ user }: UnconfirmedProps) => {
  const t = useTranslation()
  return user.emailVerifiedAt === null ? (
    <section class="notice spread" aria-label={t('Confirm your address')}>
      <p>
        {t(
          'Please confirm that {email} is your address: open the link that we sent there. Until you do, we can’t help you if you forget your password.',
          { email: user.email },
        )}
      </p>
      <PostForm action="/account/verify-email">
        <button class="button quiet small" type="submit">
          {t('Send it again')}
        </button>
      </PostForm>
    </section>
  ) : null
}
