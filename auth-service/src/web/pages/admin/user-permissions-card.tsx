import type { App } from '../../../apps/apps.ts'
import type { EffectivePermission } from '../../../users/effective-permissions.ts'
import type { User } from '../../../users/users.ts'
import { useTranslation } from '../../components/translate.tsx'

interface UserPermissionsCardProps {
  readonly user: User
  readonly apps: readonly App[]
  readonly permissions: readonly EffectivePermission[]
}

/** What the user may do in the apps, and why. */
export const UserPermissionsCard = ({ user, apps, permissions }: UserPermissionsCardProps) => {
  const t = useTranslation()
  const named = apps
    .map((app) => ({ app, its: permissions.filter(({ appId }) => appId === app.id) }))
    .filter(({ its }) => its.length > 0)
  return (
    <section class="card" aria-labelledby="permissions">
      <h2 id="permissions">{t('Permissions')}</h2>
      {named.length === 0 ? (
        <p class="muted">{t(user.isActive ? 'None through groups.' : 'None: the account is disabled.')}</p>
      ) : (
        <ul class="rows">
          {named.flatMap(({ app, its }) =>
            its.map(({ name, description, through }) => (
              <li>
                <div>
                  <p>
                    {app.name}: <code>{name}</code>
                  </p>
                  {description && <p class="muted small">{description}</p>}
                  <p class="muted small">
                    {through.length === 0
                      ? t('As a superuser')
                      : t('Through {groups}', { groups: through.join(', ') })}
                  </p>
                </div>
              </li>
            )),
          )}
        </ul>
      )}
      <p class="hint">{t('Apps can grant more in their own code.')}</p>
    </section>
  )
}
