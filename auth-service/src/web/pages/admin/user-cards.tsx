import type { User } from '../../../users/users.ts'
import { AsShown, Checkbox, Field, PostForm } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Errors } from '../../forms/form-page.ts'
import { type Submission, textOf } from '../../forms/submission.ts'
import { Badges, nameOf } from './users-page.tsx'

/** The user's profile. */
export const FactsCard = ({ person, now }: { person: User; now: number }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="about">
      <h2 id="about">{t('About')}</h2>
      <dl class="facts">
        <dt>{t('E-mail')}</dt>
        <dd>{person.email}</dd>
        <dt>{t('Name')}</dt>
        <dd>{nameOf(person) || '—'}</dd>
        <dt>{t('Status')}</dt>
        <dd>
          <Badges person={person} />
        </dd>
        <dt>{t('Verified')}</dt>
        <dd>{person.emailVerifiedAt === null ? t('Not yet') : <Time at={person.emailVerifiedAt} />}</dd>
        <dt>{t('Member since')}</dt>
        <dd>
          <Time at={person.createdAt} />
        </dd>
        <dt>{t('Last sign-in')}</dt>
        <dd>{person.lastLoginAt === null ? t('Never') : <Time at={person.lastLoginAt} now={now} />}</dd>
        {person.deletionDueAt !== null && (
          <>
            <dt>{t('Will be deleted')}</dt>
            <dd>
              <Time at={person.deletionDueAt} />
            </dd>
          </>
        )}
        <dt>{t('Id')}</dt>
        <dd>{person.uuid}</dd>
      </dl>
    </section>
  )
}

interface DetailsProps {
  readonly person: User
  readonly fields?: Submission['fields'] | undefined
  readonly errors: Errors
}

/** The user's names and address. */
export const DetailsCard = ({ person, fields, errors }: DetailsProps) => {
  const t = useTranslation()
  const typed = (name: string, value: string) =>
    fields && Object.hasOwn(fields, name) ? textOf(fields, name) : value
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{t('Name and e-mail')}</h2>
      <PostForm action={`/admin/people/${person.uuid}/details`}>
        <AsShown values={{ first_name: person.firstName, last_name: person.lastName, email: person.email }} />
        <Field
          name="first_name"
          label={t('First name')}
          value={typed('first_name', person.firstName)}
          error={errors.first_name}
          autocomplete="off"
          optional
        />
        <Field
          name="last_name"
          label={t('Last name')}
          value={typed('last_name', person.lastName)}
          error={errors.last_name}
          autocomplete="off"
          optional
        />
        <Field
          name="email"
          type="email"
          label={t('E-mail')}
          hint={t('A new address counts as unverified.')}
          value={typed('email', person.email)}
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
export const RightsCard = ({ person }: { person: User }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="rights">
      <h2 id="rights">{t('Rights')}</h2>
      <PostForm action={`/admin/people/${person.uuid}/rights`}>
        <AsShown
          values={{ is_active: person.isActive, is_staff: person.isStaff, is_superuser: person.isSuperuser }}
        />
        <Checkbox
          name="is_active"
          label={t('Active')}
          hint={t('Switched off, nobody can sign in as this person, and all their sessions end.')}
          checked={person.isActive}
        />
        <Checkbox
          name="is_staff"
          label={t('Staff')}
          hint={t('May look at this administration; apps may have pages for staff.')}
          checked={person.isStaff}
        />
        <Checkbox
          name="is_superuser"
          label={t('Superuser')}
          hint={t('May do everything, here and in the apps.')}
          checked={person.isSuperuser}
        />
        <button class="button" type="submit">
          {t('Save rights')}
        </button>
      </PostForm>
    </section>
  )
}

interface PasswordProps {
  readonly person: User
  /** Whether a link can be emailed. */
  readonly mails: boolean
}

/** Sends a password reset, since administrators cannot set passwords. */
export const PasswordCard = ({ person, mails }: PasswordProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">{t('Password')}</h2>
      <p class="muted">
        {t(
          mails
            ? 'Nobody chooses a password for somebody else. A mailed link lets them choose a new one.'
            : 'Nobody chooses a password for somebody else, and this service sends no mail. Set SMTP_URL, and a mailed link lets them choose a new one.',
        )}
      </p>
      {mails && (
        <PostForm action={`/admin/people/${person.uuid}/reset-link`}>
          <input type="hidden" name="email" value={person.email} />
          <button class="button quiet" type="submit">
            {t('Send reset link')}
          </button>
        </PostForm>
      )}
    </section>
  )
}
