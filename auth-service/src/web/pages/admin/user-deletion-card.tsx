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
          {rich('Your own account you delete <a>on your account page</a>.', {
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
          'They are signed out everywhere. After {time} the account is deleted for good, and every app is told to forget them. Signing in before then brings it back, unless it is switched off.',
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
        {rich('Deleted for good: {when}. Signing in before then brings it back, unless it is switched off.', {
          when: <Time at={dueAt} />,
        })}
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
      <summary>{t('Delete at once, with no way back')}</summary>
      <PostForm action={`/admin/people/${user.uuid}/delete-now`}>
        <Field
          name="confirm_email"
          type="email"
          label={t('Type their address, to be sure')}
          error={errors.confirm_email}
          autocomplete="off"
        />
        <button class="button danger" type="submit">
          {t('Delete for good, now')}
        </button>
      </PostForm>
    </details>
  )
}
