import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { PageOf } from '../../../platform/database/pagination.ts'
import { message } from '../../../platform/i18n/message.ts'
import { isStorable } from '../../../platform/validation/storable-text.ts'
import { type ListedGroup, MANY } from '../../../users/groups/groups.ts'
import type { Group } from '../../../users/groups/members.ts'
import { Field, FormError, PostForm } from '../../components/form.tsx'
import { page } from '../../components/layout.tsx'
import { Pager, pageAfter } from '../../components/pager.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import { textOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'

const DONE = { deleted: message('Group deleted. Apps see the change within a second.') }

/** `/admin/groups`: lists all groups in pages, and creates new ones. */
export function groupsPage({ formPage, groups }: Web): Hono<AdminEnv> {
  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    name: string,
    { errors }: Problems = {},
  ) {
    const after = afterIn(c)
    const found = await groups.list(after)
    return page(c, status, <GroupsPage {...{ c, found, name, errors, isFirst: after === null }} />)
  }

  const onSubmit = formPage({
    values: (_: AdminContext, fields) => textOf(fields, 'name'),
    address: () => '/admin/groups',
    show,
  })

  return new Hono<AdminEnv>()
    .get('/admin/groups', async (c) => {
      if (!wantsJson(c)) return show(c, 200, '')
      const { rows, next } = await groups.list(afterIn(c))
      return c.json({ groups: rows, next })
    })
    .post(
      '/admin/groups',
      onSubmit(async (c, { fields }) => {
        const created = await groups.create(fields.name, actorOf(c))
        if (!created.ok) return { errors: { name: created.reason } }
        return { to: `${addressOf(created.value)}?done=created`, body: created.value, status: 201 }
      }),
    )
}

export const addressOf = ({ id }: Pick<Group, 'id'>): string => `/admin/groups/${id}`

/** The start of the requested page. */
export function afterIn(c: AdminContext): string | null {
  const after = c.req.query('after') ?? ''
  return after !== '' && isStorable(after) ? after : null
}

interface GroupsPageProps extends WithErrors {
  readonly c: AdminContext
  readonly found: PageOf<ListedGroup>
  readonly isFirst: boolean
  readonly name: string
}

const GroupsPage = ({ c, found, isFirst, name, errors = {} }: GroupsPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('Groups')} section="/admin/groups">
      <Done c={c} texts={DONE} />
      <p class="muted">
        {t('Apps receive the names of a person’s groups and decide what each group may do.')}
      </p>
      <FormError words={errors.form} />
      {mayWrite(c) ? (
        <section class="card" aria-labelledby="new">
          <h2 id="new">{t('New group')}</h2>
          <PostForm action="/admin/groups">
            <Field name="name" label={t('Name')} autocomplete="off" value={name} error={errors.name} />
            <button class="button" type="submit">
              {t('Create group')}
            </button>
          </PostForm>
        </section>
      ) : (
        <ReadOnly />
      )}
      {found.rows.length === 0 ? (
        <p class="card">{t(isFirst ? 'No groups yet.' : 'No more groups.')}</p>
      ) : (
        <div class="card sheet">
          <table class="list">
            <thead>
              <tr>
                <th scope="col">{t('Group')}</th>
                <th scope="col">{t('Members')}</th>
              </tr>
            </thead>
            <tbody>
              {found.rows.map((group) => (
                <tr>
                  <th scope="row">
                    <a href={addressOf(group)}>{group.name}</a>
                  </th>
                  <td data-label={t('Members')}>
                    {group.members > MANY ? t('More than {many}', { many: MANY }) : group.members}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager start={isFirst ? null : '/admin/groups'} next={pageAfter('/admin/groups', found.next)} />
    </AdminLayout>
  )
}
