import type { User } from '../../../users/users.ts'
import { Time } from '../../components/time.tsx'
import { useTranslation } from '../../components/translate.tsx'

export const ProfileSection = ({ user }: { readonly user: User }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="person">
      <div class="spread">
        <h2 id="person">{t('About you')}</h2>
        <a class="button quiet small" href="/account/names">
          {t('Change your name')}
        </a>
      </div>
      <dl class="facts">
        <dt>{t('Name')}</dt>
        <dd>{[user.firstName, user.lastName].filter(Boolean).join(' ') || '—'}</dd>
        <dt>{t('Member since')}</dt>
        <dd>
          <Time at={user.createdAt} />
        </dd>
        <dt>{t('ID')}</dt>
        <dd>{user.uuid}</dd>
        {(user.isStaff || user.isSuperuser) && (
          <>
            <dt>{t('Role')}</dt>
            <dd>{t(user.isSuperuser ? 'Superuser' : 'Staff')}</dd>
          </>
        )}
      </dl>
    </section>
  )
}
