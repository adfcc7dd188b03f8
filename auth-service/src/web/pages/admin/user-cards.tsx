import type { User } from '../../../users/users.ts'
import { AsShown, Checkbox, Field, PostForm } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Errors } from '../../forms/form-page.ts'
import { type Submission, textOf } from '../../forms/submission.ts'
import { Badges, nameOf } from './users-page.tsx'

/** The user's profile. */
export const FactsCard = ({ user, now }: { user: User; now: number }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="about">
      <h2 id="about">{t('About')}</h2>
      <dl class="facts">
        <dt>{t('Email')}</dt>
        <dd>{user.email}</dd>
        <dt>{t('Name')}</dt>
        <dd>{nameOf(user) || '—'}</dd>
        <dt>{t('Status')}</dt>
        <dd>
          <Badges user={user} />
        </dd>
        <dt>{t('Confirmed')}</dt>
        <dd>{user.emailVerifiedAt === null ? t('Not yet') : <Time at={user.emailVerifiedAt} />}</dd>
        <dt>{t('Member since')}</dt>
        <dd>
          <Time at={user.createdAt} />
        </dd>
        <dt>{t('Last sign-in')}</dt>
        <dd>{user.lastLoginAt === null ? t('Never') : <Time at={user.lastLoginAt} now={now} />}</dd>
        {user.deletionDueAt !== null && (
          <>
            <dt>{t('Will be deleted')}</dt>
            <dd>
              <Time at={user.deletionDueAt} />
            </dd>
          </>
        )}
        <dt>{t('ID')}</dt>
        <dd>{user.uuid}</dd>
      </dl>
    </section>
  )
}

interface DetailsProps {
  readonly user: User
  readonly fields?: Submission['fields'] | undefined
  readonly errors: Errors
}

/** The user's names and address. */
export const DetailsCard = ({ user, fields, errors }: DetailsProps) => {
  const t = useTranslation()
  const typed = (name: string, value: string) =>
    fields && Object.hasOwn(fields, name) ? textOf(fields, name) : value
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{t('Name and email')}</h2>
      <PostForm action={`/admin/people/${user.uuid}/details`}>
        <AsShown values={{ first_name: user.firstName, last_name: user.lastName, email: user.email }} />
        <Field
          name="first_name"
          label={t('First name')}
          value={typed('first_name', user.firstName)}
          error={errors.first_name}
          autocomplete="off"
          optional
        />
        <Field
          name="last_name"
          label={t('Last name')}
          value={typed('last_name', user.lastName)}
          error={errors.last_name}
          autocomplete="off"
          optional
        />
        <Field
          name="email"
          type="email"
          label={t('Email')}
          hint={t('A new address is unconfirmed.')}
          value={typed('email', user.email)}
          error={errors.email}
          autocomplete="off"
        />
        <button class="button" type="submit">
          {t('Save')}
        </button>
      </PostForm>
    </section>
  )
}

/** The user's rights. */
export const RightsCard = ({ user }: { user: User }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="rights">
      <h2 id="rights">{t('Rights')}</h2>
      <PostForm action={`/admin/people/${user.uuid}/rights`}>
        <AsShown
          values={{ is_active: user.isActive, is_staff: user.isStaff, is_superuser: user.isSuperuser }}
        />
        <Checkbox
          name="is_active"
          label={t('Active')}
          hint={t('A disabled account can’t sign in, and all its sessions end.')}
          checked={user.isActive}
        />
        <Checkbox
          name="is_staff"
          label={t('Staff')}
          hint={t('Can view the administration. Apps may have pages for staff.')}
          checked={user.isStaff}
        />
        <Checkbox
          name="is_superuser"
          label={t('Superuser')}
          hint={t('Can do everything, here and in the apps.')}
          checked={user.isSuperuser}
        />
        <button class="button" type="submit">
          {t('Save rights')}
        </button>
      </PostForm>
    </section>
  )
}

interface PasswordProps {
  readonly user: User
  /** Whether a link can be emailed. */
  readonly mails: boolean
}

/** Sends a password reset, since administrators cannot set passwords. */
export const PasswordCard = ({ user, mails }: PasswordProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">{t('Password')}</h2>
      <p class="muted">
        {t(
          mails
            ? 'You can’t set a password for another person. Send a link so that they can choose a new one.'
            : 'You can’t set a password for another person. This service sends no email: set SMTP_URL to send links for choosing a new one.',
        )}
      </p>
      {mails && (
        <PostForm action={`/admin/people/${user.uuid}/reset-link`}>
          <input type="hidden" name="email" value={user.email} />
          <button class="button quiet" type="submit">
            {t('Send reset link')}
          </button>
        </PostForm>
      )}
    </section>
  )
}
