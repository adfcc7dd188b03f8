import type { User } from '../../../users/users.ts'
import { Field, PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Errors } from '../../forms/form-page.ts'
import { type Submission, textOf } from '../../forms/submission.ts'

interface UserGroupsCardProps {
  readonly user: User
  /** The earlier input, if something is wrong with it. */
  readonly fields?: Submission['fields'] | undefined
  readonly errors: Errors
  readonly changeable: boolean
}

/** The groups of a user, with forms to add and remove them. */
export const UserGroupsCard = ({ user, fields = {}, errors, changeable }: UserGroupsCardProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="groups">
      <h2 id="groups">{t('Groups')}</h2>
      {user.groups.length === 0 ? (
        <p class="muted">{t('Not in any group.')}</p>
      ) : (
        <ul class="rows">
          {user.groups.map((group) => (
            <li>
              <p>{group}</p>
              {changeable && (
                <PostForm action={`/admin/people/${user.uuid}/groups/remove`} inList>
                  <input type="hidden" name="group" value={group} />
                  <button
                    class="button quiet small"
                    type="submit"
                    aria-label={t('Remove from {group}', { group })}
                  >
                    {t('Remove')}
                  </button>
                </PostForm>
              )}
            </li>
          ))}
        </ul>
      )}
      {changeable && (
        <PostForm action={`/admin/people/${user.uuid}/groups`}>
          <Field
            name="group"
            label={t('Group name')}
            value={textOf(fields, 'group')}
            error={errors.group}
            autocomplete="off"
          />
          <button class="button quiet" type="submit">
            {t('Add to group')}
          </button>
        </PostForm>
      )}
    </section>
  )
}
