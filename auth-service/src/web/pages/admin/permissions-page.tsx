import { Hono } from 'hono'
import type { AppPermission } from '../../../apps/app-permissions.ts'
import type { App } from '../../../apps/apps.ts'
import { page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { AdminContext, AdminEnv } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { AdminLayout } from './admin-layout.tsx'

/** `/admin/permissions`: what groups may do in each app. The apps decide it in their code. */
export const permissionsPage = ({ apps, appPermissions }: Web): Hono<AdminEnv> =>
  new Hono<AdminEnv>().get('/admin/permissions', async (c) => {
    const defined = await appPermissions.list()
    const all = apps
      .list()
      .map((app) => ({ app, permissions: defined.filter(({ appId }) => appId === app.id) }))
      .filter(({ permissions }) => permissions.length > 0)
    if (!wantsJson(c)) return page(c, 200, <PermissionsPage c={c} all={all} />)
    return c.json({
      apps: all.map(({ app, permissions }) => ({
        id: app.id,
        name: app.name,
        permissions: permissions.map(({ name, description, groups }) => ({ name, description, groups })),
      })),
    })
  })

interface PermissionsPageProps {
  readonly c: AdminContext
  readonly all: readonly { readonly app: App; readonly permissions: readonly AppPermission[] }[]
}

const PermissionsPage = ({ c, all }: PermissionsPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('Permissions')} section="/admin/permissions">
      <p class="muted">
        {t(
          'Apps define in their code what each group may do there. Superusers may do everything. To change what a person may do, change their groups.',
        )}{' '}
        {t('Apps can grant more in their own code.')}
      </p>
      {all.length === 0 && (
        <p class="card">
          {t('No app has published permissions yet. An app with credentials does so when it starts.')}
        </p>
      )}
      {all.map(({ app, permissions }) => (
        <section class="stack" aria-labelledby={`app-${app.id}`}>
          <h2 id={`app-${app.id}`} class="titled">
            <span class="tile-icon" aria-hidden="true">
              {app.icon}
            </span>
            {app.name}
          </h2>
          <Matrix permissions={permissions} />
        </section>
      ))}
    </AdminLayout>
  )
}

interface MatrixProps {
  readonly permissions: readonly AppPermission[]
}

/** A row for each permission, and a column for each group that has one. */
const Matrix = ({ permissions }: MatrixProps) => {
  const t = useTranslation()
  const groups = [...new Set(permissions.flatMap((permission) => permission.groups))].sort()
  return (
    <div class="card sheet">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{t('Permission')}</th>
            {groups.map((group) => (
              <th scope="col">{group}</th>
            ))}
            {groups.length === 0 && <th scope="col">{t('Groups')}</th>}
          </tr>
        </thead>
        <tbody>
          {permissions.map(({ name, description, groups: its }) => (
            <tr>
              <th scope="row">
                <code>{name}</code>
                {description && <p class="muted small">{description}</p>}
              </th>
              {groups.map((group) => (
                <td data-label={group}>{its.includes(group) ? t('Yes') : <span class="muted">–</span>}</td>
              ))}
              {groups.length === 0 && <td data-label={t('Groups')}>{t('No group')}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
