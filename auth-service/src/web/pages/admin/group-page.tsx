import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { PageOf } from '../../../platform/database/pagination.ts'
import { message, type Words } from '../../../platform/i18n/message.ts'
import { isStorable } from '../../../platform/validation/validators.ts'
import type { Service } from '../../../service.ts'
import type { Group, Member } from '../../../users/groups/members.ts'
import { invalid, refuse } from '../../components/error-page.tsx'
import { AsShown, Field, FormError, PostForm } from '../../components/form.tsx'
import { page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/negotiation.ts'
import { type Changed, changedSince, shownIn } from '../../forms/stale-form.ts'
import { createForms, type Submission, textOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { ChangedMeanwhile, changedProblem } from './changed-meanwhile.tsx'
import { type Errors, ID, idIn, taker } from './form-handler.ts'
import { addressOf, afterIn, Pager } from './groups-page.tsx'

const DONE = {
  created: message('The group is there. Now add its members.'),
  renamed: message('Renamed. The apps know within a second.'),
  added: message('Added. The apps know within a second.'),
  removed: message('Taken out of the group. The apps know within a second.'),
}

/** What was typed, shown again with what is wrong with it. */
interface Retry {
  readonly fields?: Submission['fields']
  readonly errors?: Errors
  readonly changed?: Changed
}

/** `/admin/groups/:id`: one group and its members, a page at a time. */
export function groupPage({ config, groups, users }: Service): Hono<AdminEnv> {
  const forms = createForms(config)

  async function show(c: AdminContext, status: ContentfulStatusCode, group: Group, retry: Retry = {}) {
    const after = afterIn(c)
    const found = await groups.members(group, after)
    const csrf = forms.token(c, c.var.account.current)
    return page(c, status, <GroupPage {...{ c, csrf, group, found, isFirst: after === null, ...retry }} />)
  }

  const takes = taker(
    forms,
    (c) => addressOf({ id: idIn(c) }),
    async (c, { fields }, errors) => {
      const group = await groups.find(idIn(c))
      return group ? show(c, 403, group, { fields, errors }) : refuse(c, 'not_found')
    },
  )

  /** Something that changes the group of the path. It means what it did for the group that was seen, by its name. */
  const changes = (act: (c: AdminContext, group: Group, submission: Submission) => Promise<Response>) =>
    takes(async (c, submission) => {
      const group = await groups.find(idIn(c))
      if (!group) return refuse(c, 'not_found')
      const { fields, json } = submission
      const changed = changedSince(shownIn(fields), { name: group.name })
      if (!changed) return act(c, group, submission)
      return json ? changedProblem(changed) : show(c, 409, group, { fields, changed })
    })

  const done = (c: AdminContext, group: Group, json: boolean, what: keyof typeof DONE) =>
    json ? c.body(null, 204) : c.redirect(`${addressOf(group)}?done=${what}`, 303)

  const wrong = (c: AdminContext, group: Group, { json, fields }: Submission, errors: Errors) =>
    json ? invalid(422, errors) : show(c, 422, group, { fields, errors })

  return new Hono<AdminEnv>()
    .get(`/admin/groups/${ID}`, async (c) => {
      const group = await groups.find(idIn(c))
      if (!group) return refuse(c, 'not_found')
      if (!wantsJson(c)) return show(c, 200, group)
      const { rows, next } = await groups.members(group, afterIn(c))
      return c.json({ ...group, members: rows.map(memberJson), next })
    })
    .post(
      `/admin/groups/${ID}/rename`,
      changes(async (c, group, submission) => {
        const renamed = await groups.rename(group, submission.fields.name, actorOf(c))
        if (!renamed.ok) return wrong(c, group, submission, { name: renamed.reason })
        return done(c, group, submission.json, 'renamed')
      }),
    )
    .post(
      `/admin/groups/${ID}/delete`,
      changes(async (c, group, { json }) => {
        if (!(await groups.remove(group, actorOf(c)))) return refuse(c, 'not_found')
        return json ? c.body(null, 204) : c.redirect('/admin/groups?done=deleted', 303)
      }),
    )
    .post(
      `/admin/groups/${ID}/members`,
      changes(async (c, group, submission) => {
        const { email } = submission.fields
        const known = typeof email === 'string' && isStorable(email)
        const person = known ? await users.findByEmail(email) : null
        if (!person)
          return wrong(c, group, submission, { email: message('Nobody here has this e-mail address.') })
        const added = await groups.add(group, person, actorOf(c))
        if (!added.ok) return wrong(c, group, submission, { email: added.reason })
        return done(c, group, submission.json, 'added')
      }),
    )
    .post(
      `/admin/groups/${ID}/members/:uuid{[0-9a-f-]{36}}/remove`,
      changes(async (c, group, { json }) => {
        const person = await users.findByUuid(c.req.param('uuid') as string)
        const removed = person !== null && (await groups.drop(group, person, actorOf(c)))
        return removed ? done(c, group, json, 'removed') : refuse(c, 'not_found')
      }),
    )
}

const memberJson = ({ uuid, email, firstName, lastName, isActive }: Member) => ({
  uuid,
  email,
  first_name: firstName,
  last_name: lastName,
  is_active: isActive,
})

interface GroupPageProps extends Retry {
  readonly c: AdminContext
  readonly csrf: string
  readonly group: Group
  readonly found: PageOf<Member>
  readonly isFirst: boolean
}

const GroupPage = ({ c, csrf, group, found, isFirst, fields = {}, errors = {}, changed }: GroupPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={group.name} section="/admin/groups">
      <Done c={c} texts={DONE} />
      <FormError words={errors.form} />
      <ChangedMeanwhile changed={changed} />
      {mayWrite(c) ? (
        <AddMember group={group} csrf={csrf} email={textOf(fields, 'email')} error={errors.email} />
      ) : (
        <ReadOnly />
      )}
      <section class="card" aria-labelledby="members">
        <h2 id="members">{t('Members')}</h2>
        {found.rows.length === 0 ? (
          <p class="muted">{t(isFirst ? 'Nobody yet.' : 'Nobody else.')}</p>
        ) : (
          <ul class="rows">
            {found.rows.map((member) => (
              <MemberRow group={group} member={member} csrf={csrf} changeable={mayWrite(c)} />
            ))}
          </ul>
        )}
      </section>
      <Pager path={addressOf(group)} isFirst={isFirst} next={found.next} />
      {mayWrite(c) && (
        <section class="card" aria-labelledby="settings">
          <h2 id="settings">{t('Settings')}</h2>
          <PostForm action={`${addressOf(group)}/rename`} csrf={csrf}>
            <AsShown values={{ name: group.name }} />
            <Field
              name="name"
              label={t('Name')}
              autocomplete="off"
              hint={t('Apps go by this name: tell their makers before you change it.')}
              value={errors.name || changed ? textOf(fields, 'name') || group.name : group.name}
              error={errors.name}
            />
            <button class="button quiet" type="submit">
              {t('Rename')}
            </button>
          </PostForm>
          <details class="stack">
            <summary>{t('Delete this group')}</summary>
            <PostForm action={`${addressOf(group)}/delete`} csrf={csrf}>
              <AsShown values={{ name: group.name }} />
              <p>{t('Its members stay, and lose what apps allow this group.')}</p>
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
  readonly csrf: string
  readonly email: string
  readonly error: Words | undefined
}

const AddMember = ({ group, csrf, email, error }: AddMemberProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="add">
      <h2 id="add">{t('Add a member')}</h2>
      <PostForm action={`${addressOf(group)}/members`} csrf={csrf}>
        <AsShown values={{ name: group.name }} />
        <Field name="email" label={t('E-mail')} type="email" autocomplete="off" value={email} error={error} />
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
  readonly csrf: string
  readonly changeable: boolean
}

const MemberRow = ({ group, member, csrf, changeable }: MemberRowProps) => {
  const t = useTranslation()
  return (
    <li>
      <div>
        <a href={`/admin/people/${member.uuid}`}>{member.email}</a>{' '}
        {!member.isActive && <span class="badge danger">{t('Switched off')}</span>}
        <p class="muted small">{[member.firstName, member.lastName].filter(Boolean).join(' ')}</p>
      </div>
      {changeable && (
        <PostForm action={`${addressOf(group)}/members/${member.uuid}/remove`} csrf={csrf} inList>
          <AsShown values={{ name: group.name }} />
          <button
            class="button quiet small"
            type="submit"
            aria-label={t('Take out {who}', { who: member.email })}
          >
            {t('Take out')}
          </button>
        </PostForm>
      )}
    </li>
  )
}
