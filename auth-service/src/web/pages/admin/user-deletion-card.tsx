import { durationOf } from '../../../platform/i18n/duration.ts'
import type { User } from '../../../users/users.ts'
import { Field, PostForm } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import type { Errors } from '../../forms/form-page.ts'
import type { AdminContext } from '../../middleware/require-staff.ts'

interface DeletionProps {
  readonly c: AdminContext
  readonly user: User
  /** Seconds of the grace period. */
  readonly grace: number
  readonly errors: Errors
}

/** Deletes the user, later or at once, or cancels the deletion. */
export const UserDeletionCard = ({ c, user, grace, errors }: DeletionProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const isOneself = user.uuid === c.var.account.user.uuid
  return (
    <section class="card" aria-labelledby="deletion">
      <h2 id="deletion">{t('Deletion')}</h2>
      {isOneself ? (
        <p class="muted">
          {rich('Delete your own account <a>from your account page</a>.', {
            a: (words) => <a href="/account/delete">{words}</a>,
          })}
        </p>
      ) : user.deletionDueAt === null ? (
        <Request user={user} grace={grace} />
      ) : (
        <Pending user={user} dueAt={user.deletionDueAt} />
      )}
      {!isOneself && <AtOnce user={user} errors={errors} />}
    </section>
  )
}

const Request = ({ user, grace }: Pick<DeletionProps, 'user' | 'grace'>) => {
  const t = useTranslation()
  return (
    <PostForm action={`/admin/people/${user.uuid}/deletion`}>
      <p class="muted">
        {t(
          'This person is signed out everywhere. The account is deleted permanently after {time}, and the apps are told to delete the person’s data. Signing in before then cancels the deletion, unless the account is disabled.',
          { time: durationOf(grace) },
        )}
      </p>
      <button class="button danger" type="submit">
        {t('Delete this account')}
      </button>
    </PostForm>
  )
}

const Pending = ({ user, dueAt }: Pick<DeletionProps, 'user'> & { dueAt: number }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <PostForm action={`/admin/people/${user.uuid}/deletion/cancel`}>
      <p>
        {rich(
          'Permanent deletion: {when}. Signing in before then cancels it, unless the account is disabled.',
          {
            when: <Time at={dueAt} />,
          },
        )}
      </p>
      <button class="button quiet" type="submit">
        {t('Cancel the deletion')}
      </button>
    </PostForm>
  )
}

const AtOnce = ({ user, errors }: Pick<DeletionProps, 'user' | 'errors'>) => {
  const t = useTranslation()
  return (
    <details class="stack" open={errors.confirm_email !== undefined}>
      <summary>{t('Delete immediately and permanently')}</summary>
      <PostForm action={`/admin/people/${user.uuid}/delete-now`}>
        <Field
          name="confirm_email"
          type="email"
          label={t('To confirm, type the person’s email address')}
          error={errors.confirm_email}
          autocomplete="off"
        />
        <button class="button danger" type="submit">
          {t('Delete permanently now')}
        </button>
      </PostForm>
    </details>
  )
}
