import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { App } from '../../../apps/apps.ts'
import { groupsIn } from '../../../apps/rule-names.ts'
import type { PageOf } from '../../../platform/database/pagination.ts'
import { type Message, message } from '../../../platform/i18n/message.ts'
import { readInput } from '../../../platform/validation/input.ts'
import { memberInput, NO_ACCOUNT } from '../../../users/groups/group-input.ts'
import type { Group, Member } from '../../../users/groups/members.ts'
import { refuse } from '../../components/error-page.tsx'
import { AsShown, Field, FormError, PostForm } from '../../components/form.tsx'
import { page } from '../../components/layout.tsx'
import { Pager, pageAfter } from '../../components/pager.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Outcome, Problems } from '../../forms/form-page.ts'
import { changedSince, shownIn } from '../../forms/stale-form.ts'
import { type Submission, textOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { addressOf, afterIn } from './groups-page.tsx'
import { ID, idIn } from './path-id.ts'

const DONE = {
  created: message('Group created. Now add its members.'),
  renamed: message('Renamed. Apps see the change within a second.'),
  added: message('Added. Apps see the change within a second.'),
  removed: message('Removed from the group. Apps see the change within a second.'),
}

/** `/admin/groups/:id`: a group and its members, in pages. */
export function groupPage({ apps, formPage, groups, users }: Web): Hono<AdminEnv> {
  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    fields: Submission['fields'],
    problems: Problems = {},
  ) {
    const group = await groups.find(idIn(c))
    if (!group) return refuse(c, 'not_found')
    const after = afterIn(c)
    const found = await groups.members(group, after)
    const ruled = apps.list().filter(({ rules }) => rules.flatMap(groupsIn).includes(group.name))
    return page(
      c,
      status,
      <GroupPage {...{ c, group, found, ruled, isFirst: after === null, fields, ...problems }} />,
    )
  }

  const onSubmit = formPage({
    values: (_: AdminContext, fields) => fields,
    address: (c) => addressOf({ id: idIn(c) }),
    show,
  })

  /** A change to the group in the path, for the group that was shown, by its name. */
  const onChange = (
    submit: (c: AdminContext, group: Group, fields: Submission['fields']) => Promise<GroupOutcome>,
  ) =>
    onSubmit(async (c, { fields }) => {
      const group = await groups.find(idIn(c))
      if (!group) return refuse(c, 'not_found')
      const changed = changedSince(shownIn(fields), { name: group.name })
      return changed ? { changed } : submit(c, group, fields)
    })

  const done = (group: Group, what: keyof typeof DONE) => ({ to: `${addressOf(group)}?done=${what}` })

  return new Hono<AdminEnv>()
    .get(`/admin/groups/${ID}`, async (c) => {
      if (!wantsJson(c)) return show(c, 200, {})
      const group = await groups.find(idIn(c))
      if (!group) return refuse(c, 'not_found')
      const { rows, next } = await groups.members(group, afterIn(c))
      return c.json({ ...group, members: rows.map(memberJson), next })
    })
    .post(
      `/admin/groups/${ID}/rename`,
      onChange(async (c, group, { name }) => {
        const renamed = await groups.rename(group, name, actorOf(c))
        return renamed.ok ? done(group, 'renamed') : { errors: { name: renamed.reason } }
      }),
    )
    .post(
      `/admin/groups/${ID}/delete`,
      onChange(async (c, group) =>
        (await groups.remove(group, actorOf(c)))
          ? { to: '/admin/groups?done=deleted' }
          : refuse(c, 'not_found'),
      ),
    )
    .post(
      `/admin/groups/${ID}/members`,
      onChange(async (c, group, fields) => {
        const read = readInput(memberInput, fields)
        if (!read.ok) return { errors: read.errors }
        const user = await users.findByEmail(read.value.email)
        if (!user) return { errors: { email: NO_ACCOUNT } }
        const added = await groups.add(group, user, actorOf(c))
        return added.ok ? done(group, 'added') : { errors: { email: added.reason } }
      }),
    )
    .post(
      `/admin/groups/${ID}/members/:uuid{[0-9a-f-]{36}}/remove`,
      onChange(async (c, group) => {
        const user = await users.findByUuid(c.req.param('uuid') as string)
        const removed = user !== null && (await groups.drop(group, user, actorOf(c)))
        return removed ? done(group, 'removed') : refuse(c, 'not_found')
      }),
    )
}

type GroupOutcome = Outcome<Submission['fields']>

const memberJson = ({ uuid, email, firstName, lastName, isActive }: Member) => ({
  uuid,
  email,
  first_name: firstName,
  last_name: lastName,
  is_active: isActive,
})

interface GroupPageProps extends Problems {
  readonly c: AdminContext
  readonly group: Group
  readonly found: PageOf<Member>
  /** Apps with rules that name the group. */
  readonly ruled: readonly App[]
  readonly isFirst: boolean
  readonly fields: Submission['fields']
}

const GroupPage = ({ c, group, found, ruled, isFirst, fields, errors = {}, changed }: GroupPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={group.name} section="/admin/groups">
      <Done c={c} texts={DONE} />
      <FormError words={errors.form} />
      <ChangedMeanwhile changed={changed} />
      {mayWrite(c) ? (
        <AddMember group={group} email={textOf(fields, 'email')} error={errors.email} />
      ) : (
        <ReadOnly />
      )}
      <section class="card" aria-labelledby="members">
        <h2 id="members">{t('Members')}</h2>
        {found.rows.length === 0 ? (
          <p class="muted">{t(isFirst ? 'No members yet.' : 'No more people.')}</p>
        ) : (
          <ul class="rows">
            {found.rows.map((member) => (
              <MemberRow group={group} member={member} changeable={mayWrite(c)} />
            ))}
          </ul>
        )}
      </section>
      <Pager start={isFirst ? null : addressOf(group)} next={pageAfter(addressOf(group), found.next)} />
      {mayWrite(c) && (
        <section class="card" aria-labelledby="settings">
          <h2 id="settings">{t('Settings')}</h2>
          {ruled.length > 0 && (
            <p>
              {t('Rules of these apps name this group, and don’t follow a new name: {apps}', {
                apps: ruled.map(({ name }) => name).join(', '),
              })}
            </p>
          )}
          <PostForm action={`${addressOf(group)}/rename`}>
            <AsShown values={{ name: group.name }} />
            <Field
              name="name"
              label={t('Name')}
              autocomplete="off"
              hint={t('Apps rely on this name. Tell their developers before you change it.')}
              value={errors.name || changed ? textOf(fields, 'name') || group.name : group.name}
              error={errors.name}
            />
            <button class="button quiet" type="submit">
              {t('Rename')}
            </button>
          </PostForm>
          <details class="stack">
            <summary>{t('Delete this group')}</summary>
            <PostForm action={`${addressOf(group)}/delete`}>
              <AsShown values={{ name: group.name }} />
              <p>{t('Its members keep their accounts and lose what apps allow this group.')}</p>
              <button class="button danger" type="submit">
                {t('Delete {name}', { name: group.name })}
              </button>
            </PostForm>
          </details>
        </section>
      )}
    </AdminLayout>
  )
}

interface AddMemberProps {
  readonly group: Group
  readonly email: string
  readonly error: Message | undefined
}

const AddMember = ({ group, email, error }: AddMemberProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="add">
      <h2 id="add">{t('Add a member')}</h2>
      <PostForm action={`${addressOf(group)}/members`}>
        <AsShown values={{ name: group.name }} />
        <Field name="email" label={t('Email')} type="email" autocomplete="off" value={email} error={error} />
        <button class="button" type="submit">
          {t('Add')}
        </button>
      </PostForm>
    </section>
  )
}

interface MemberRowProps {
  readonly group: Group
  readonly member: Member
  readonly changeable: boolean
}

const MemberRow = ({ group, member, changeable }: MemberRowProps) => {
  const t = useTranslation()
  return (
    <li>
      <div>
        <a href={`/admin/people/${member.uuid}`}>{member.email}</a>{' '}
        {!member.isActive && <span class="badge danger">{t('Disabled')}</span>}
        <p class="muted small">{[member.firstName, member.lastName].filter(Boolean).join(' ')}</p>
      </div>
      {changeable && (
        <PostForm action={`${addressOf(group)}/members/${member.uuid}/remove`} inList>
          <AsShown values={{ name: group.name }} />
          <button
            class="button quiet small"
            type="submit"
            aria-label={t('Remove {who}', { who: member.email })}
          >
            {t('Remove')}
          </button>
        </PostForm>
      )}
    </li>
  )
}
